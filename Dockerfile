# The service: docker build -t hpo-exp . && docker run … (docs/serving.md says how).
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 MLFLOW_DISABLE_TELEMETRY=true
WORKDIR /app

# The locked versions first: they change less often than the code.
COPY requirements.lock ./
RUN pip install --no-cache-dir --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY hpo_exp hpo_exp
COPY conf conf
RUN pip install --no-cache-dir --no-deps .

RUN useradd --create-home service && mkdir /data && chown service /data
USER service
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD python -c "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/ready', timeout=4)"

# It listens beyond loopback, so HPO_EXP_TOKEN has to be set. More overrides may follow:
# docker run … hpo-exp name=load tracking.uri=http://mlflow:5000
ENTRYPOINT ["python", "-m", "hpo_exp.serve", "serving.host=0.0.0.0", "outputs=/data"]
