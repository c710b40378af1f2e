"""An append-only list of texts in the tracking store, whoever writes to it at the same time.

The entries are parameters of one MLflow run. MLflow refuses to change a parameter, so that an
entry once written stays, and of two writers of one number the second is told and takes the next.
"""

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, ErrorCode

LONGEST_ENTRY = 6000
"""Characters that MLflow keeps of a parameter."""


class Ledger:
    """The entries of one run.

    Args:
        client: the store.
        run: the run that keeps them.
    """

    def __init__(self, client: MlflowClient, run: str) -> None:
        self._client, self.run = client, run

    def entries(self) -> dict[int, str]:
        """Every entry, by its number, in order."""
        params = self._client.get_run(self.run).data.params
        return {int(key): params[key] for key in sorted(params, key=int)}

    def append(self, text: str) -> int:
        """Add an entry that no other is equal to, and return its number.

        Raises:
            ValueError: it is longer than the store keeps.
        """
        if len(text) > LONGEST_ENTRY:
            raise ValueError(f"an entry of {len(text)} characters is longer than {LONGEST_ENTRY}")
        number = max(self.entries(), default=0) + 1
        while True:
            try:
                self._client.log_param(self.run, f"{number:06d}", text)
            except MlflowException as error:
                if error.error_code != ErrorCode.Name(INVALID_PARAMETER_VALUE):
                    raise
                number += 1  # another writer was faster
            else:
                return number

    def keep(self, name: str, text: str) -> None:
        """Keep a longer text beside the entries, as an artifact of the run."""
        self._client.log_text(self.run, text, name)
