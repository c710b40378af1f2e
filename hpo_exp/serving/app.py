"""The service's addresses."""

from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp

import hpo_exp
from hpo_exp.config.serving import ServingConfig
from hpo_exp.errors import UserError
from hpo_exp.serving.answers import describe_model
from hpo_exp.serving.gatekeeper import Gatekeeper
from hpo_exp.serving.messages import (
    DispatchAnswer,
    DispatchQuestion,
    ForecastAnswer,
    Health,
    HoursQuestion,
    ModelAnswer,
    PlanAnswer,
    PlanQuestion,
    Problem,
)
from hpo_exp.serving.metrics import Metrics
from hpo_exp.serving.service import NoChampionError, Service

MOST_COMPLAINTS = 5
PROBLEMS = {
    int(status): {"model": Problem, "description": description}
    for status, description in {
        HTTPStatus.UNAUTHORIZED: "the token is missing or wrong",
        HTTPStatus.REQUEST_TIMEOUT: "the request took too long",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "the request is too large",
        HTTPStatus.UNPROCESSABLE_ENTITY: "the request cannot be answered, and why",
        HTTPStatus.SERVICE_UNAVAILABLE: "there is no champion yet",
    }.items()
}


def build_app(service: Service, metrics: Metrics, config: ServingConfig) -> ASGIApp:
    """The service as an ASGI application."""
    app = FastAPI(
        title="hpo_exp",
        version=hpo_exp.__version__,
        description="Load forecasts and the hydro dispatch on them, by the registry's champion.",
        responses=PROBLEMS,  # type: ignore[arg-type]  # its keys may be numbers or texts
        docs_url=None,  # it would load scripts from elsewhere
        redoc_url=None,
    )
    _add_answers(app, service)
    _add_watching(app, service, metrics)
    _add_problems(app)
    paths = frozenset(getattr(route, "path", "") for route in app.routes)
    return Gatekeeper(app, config, metrics, paths)


def _add_answers(app: FastAPI, service: Service) -> None:
    @app.get("/v1/model")
    async def model() -> ModelAnswer:
        """What the champion reads and forecasts."""
        return describe_model(service.champion)

    @app.post("/v1/forecast")
    async def forecast(question: HoursQuestion) -> ForecastAnswer:
        """Forecast the load from the last hours."""
        return await service.forecast(question)

    @app.post("/v1/dispatch")
    async def dispatch(question: DispatchQuestion) -> DispatchAnswer:
        """Commit hydro to a load that is known."""
        return await service.dispatch(question)

    @app.post("/v1/plan")
    async def plan(question: PlanQuestion) -> PlanAnswer:
        """Forecast the load from the last hours, and commit hydro to it."""
        return await service.plan(question)


def _add_watching(app: FastAPI, service: Service, metrics: Metrics) -> None:
    @app.get("/health")
    async def health() -> Health:
        """Whether the process answers."""
        return Health(status="alive")

    @app.get("/ready")
    async def ready() -> Health:
        """Whether a champion answers."""
        return Health(status=f"version {service.champion.version}")

    @app.get("/metrics", response_class=Response)
    async def prometheus() -> Response:
        """Counters for Prometheus."""
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _add_problems(app: FastAPI) -> None:
    """Every mistake of a caller ends in one sentence."""

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        complaints = [_complaint(found) for found in error.errors()[:MOST_COMPLAINTS]]
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, "; ".join(complaints))

    @app.exception_handler(UserError)
    async def unanswerable(_: Request, error: UserError) -> JSONResponse:
        return _problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))

    @app.exception_handler(NoChampionError)
    async def nobody(_: Request, error: NoChampionError) -> JSONResponse:
        del error
        return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "there is no champion yet")


def _complaint(found: dict[str, object]) -> str:
    """One of pydantic's complaints; what was given is left out, as it may be no JSON at all."""
    place = found.get("loc")
    where = ".".join(str(part) for part in place[1:]) if isinstance(place, tuple) else ""
    return f"{where[:200]}: {found['msg']}".removeprefix(": ")


def _problem(status: HTTPStatus, detail: str) -> JSONResponse:
    # A lone surrogate in a name that is quoted back could not be sent.
    sendable = detail.encode("utf-8", "replace").decode("utf-8")
    return JSONResponse({"detail": sendable}, status_code=status)
