# The suite's one image. GitHub's runner builds it with `docker build -f Dockerfile .`, so: no build argument is needed,
# the last stage counts, and both builders must do. No USER and no WORKDIR: the runner needs root and sets its own.
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS dependencies
COPY requirements/bytecode.py /tmp/
RUN mkdir -p /layer/opt && python3 -BI /tmp/bytecode.py /layer
COPY requirements/runtime.txt requirements/slim.py /tmp/
# The environment has no pip of its own: a second one, which stays behind in this stage, installs into it.
RUN python3 -m venv --without-pip /opt/crossproof \
 && python3 -m venv /tmp/installer \
 && /tmp/installer/bin/pip --python /opt/crossproof/bin/python install --quiet --disable-pip-version-check \
      --no-cache-dir --require-hashes --no-deps --only-binary :all: --no-compile -r /tmp/runtime.txt \
 && find /opt/crossproof/bin -mindepth 1 ! -name 'python*' -delete \
 && /opt/crossproof/bin/python -I /tmp/slim.py \
 && /opt/crossproof/bin/python -I -m compileall -q --invalidation-mode unchecked-hash /opt/crossproof/lib \
 && cp -a /opt/crossproof /layer/opt/

FROM dependencies AS ours
COPY shared/crossproof /tmp/ours/crossproof
RUN site=$(/opt/crossproof/bin/python -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
 && mkdir -p "/ours$site" /ours/opt/crossproof/bin \
 && cp -r /tmp/ours/crossproof "/ours$site/" \
 && /opt/crossproof/bin/python -I -m compileall -q --invalidation-mode unchecked-hash -s /ours -p / "/ours$site" \
 && PYTHONPATH="/ours$site" /opt/crossproof/bin/python -m crossproof.launcher /ours/opt/crossproof/bin

FROM ${PYTHON_IMAGE}
ARG PYTHON_IMAGE
LABEL org.opencontainers.image.title="Crossproof" \
      org.opencontainers.image.description="GitHub container actions that prove a change in one repository against the repositories it affects." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="${PYTHON_IMAGE}"
# Two layers, so that a release that changes no dependency is a small pull.
COPY --from=dependencies /layer/ /
COPY --from=ours /ours/ /
# Isolated: the working directory is the caller's checkout and the job's environment is passed on; neither may be
# imported from. Unbuffered: the log is followed live. No shell: it would drop INPUT_* with hyphens and keep signals.
ENTRYPOINT ["/opt/crossproof/bin/python", "-Iu", "-m", "crossproof"]
