"""The typed schema of `conf/`: every setting's type, range and meaning, in one place.

Values live in `conf/*.yaml`, meanings live here. Importing this package is cheap: neither
TensorFlow, JAX, Optuna nor MLflow is loaded, so a wrong setting is reported at once.
"""

from hpo_exp.config.baselines import BaselinesConfig, LightGbmConfig
from hpo_exp.config.dispatch import (
    DispatchConfig,
    HydroConfig,
    ReserveConfig,
    ThermalBlock,
    ThresholdRule,
)
from hpo_exp.config.inputs import (
    MAX_HORIZON,
    DataConfig,
    FeaturesConfig,
    Station,
    Subsystem,
    WeatherForecastsConfig,
)
from hpo_exp.config.intervals import IntervalsConfig
from hpo_exp.config.publishers import HttpConfig, PublishersConfig
from hpo_exp.config.quality import BreakConfig, QualityConfig, RepairConfig
from hpo_exp.config.search import (
    CvConfig,
    ExecutorConfig,
    FidelityConfig,
    ParameterSpec,
    RungConfig,
    StudyConfig,
    TrackingConfig,
    WarmStartConfig,
)
from hpo_exp.config.section import Section
from hpo_exp.config.training import (
    HYPERPARAMETERS,
    ModelConfig,
    TrainerConfig,
    check_hyperparameter,
)
from hpo_exp.config.tune import TuneConfig

__all__ = [
    "HYPERPARAMETERS",
    "MAX_HORIZON",
    "BaselinesConfig",
    "BreakConfig",
    "CvConfig",
    "DataConfig",
    "DispatchConfig",
    "ExecutorConfig",
    "FeaturesConfig",
    "FidelityConfig",
    "HttpConfig",
    "HydroConfig",
    "IntervalsConfig",
    "LightGbmConfig",
    "ModelConfig",
    "ParameterSpec",
    "PublishersConfig",
    "QualityConfig",
    "RepairConfig",
    "ReserveConfig",
    "RungConfig",
    "Section",
    "Station",
    "StudyConfig",
    "Subsystem",
    "ThermalBlock",
    "ThresholdRule",
    "TrackingConfig",
    "TrainerConfig",
    "TuneConfig",
    "WarmStartConfig",
    "WeatherForecastsConfig",
    "check_hyperparameter",
]
