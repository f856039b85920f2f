FROM python:3.13-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /opt/rulebooks && /opt/rulebooks/bin/pip install --no-cache-dir .

FROM python:3.13-slim
COPY --from=build /opt/rulebooks /opt/rulebooks
RUN useradd --create-home rulebooks && install -d -o rulebooks /data
USER rulebooks
WORKDIR /data
ENV PATH=/opt/rulebooks/bin:$PATH RULEBOOKS_INSTANCE=/data
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["rulebooks", "serve", "--host", "0.0.0.0"]
