"""What the rules of this folder write for their examples."""

# ruff: noqa: E501

from __future__ import annotations

SERVICE_YAML = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT -k gevent main:app\n",
    "service.yaml": """\
# Cloud Run service, written by flexmigrate from app.yaml; MIGRATION.md tells the order of the steps.
# Put your own values in place of PROJECT_ID and REGION.
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: default  # App Engine calls a service without a name so; --name gives another
  labels:
    migrated-from: app-engine-flexible
  annotations:
    # nothing is written; App Engine flexible always keeps at least one. '0' would stop paying for idle time
    # and cost the first visitor after a pause a cold start
    run.googleapis.com/minScale: '1'
    run.googleapis.com/ingress: all  # reachable as before; who may call is a matter of IAM, see the guide
spec:
  template:
    metadata:
      annotations:
        # nothing is written; App Engine's default of 20 (unverified: 20 is recalled). Cloud Run's own is 100
        autoscaling.knative.dev/maxScale: '20'
        # a flexible VM always has its CPU; delete this line when nothing runs outside of requests: billing by
        # request is cheaper for a service that is often idle
        run.googleapis.com/cpu-throttling: 'false'
        run.googleapis.com/startup-cpu-boost: 'true'  # more CPU while an instance starts
        run.googleapis.com/execution-environment: gen2  # full Linux, nearest to a VM
    spec:
      # App Engine's own account, as before; without a line Cloud Run takes the Compute Engine one
      serviceAccountName: PROJECT_ID@appspot.gserviceaccount.com
      containerConcurrency: 80  # Cloud Run's default; App Engine flexible had no limit
      timeoutSeconds: 3600  # 60 minutes, as on the flexible environment; Cloud Run's default is 300
      containers:
      # a new tag for each build keeps the old revisions as they are
      - image: REGION-docker.pkg.dev/PROJECT_ID/cloud-run/default:v1
        ports:
        - name: http1
          containerPort: 8080  # the port App Engine uses; $PORT has it
        # entrypoint; takes the place of the image's own command. A shell, because of $PORT; exec, so that
        # signals reach the program
        command:
        - sh
        args:
        - '-c'
        - exec gunicorn -b :$PORT -k gevent main:app
        env:
        - name: GOOGLE_CLOUD_PROJECT
          value: PROJECT_ID  # set by App Engine, not by Cloud Run
        resources:
          limits:
            cpu: '1'  # the default
            memory: 768Mi  # the default of 0.6 GB is 615 Mi, 153 Mi for files, which live in memory
""",
}
DOCKERFILE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: gunicorn -b :$PORT main:app\n",
    "requirements.txt": "flask\ngunicorn\n",
    ".dockerignore": """\
# What stays out of the image; written by flexmigrate.
**/.git
**/.gitignore
/.gcloudignore
/service*.yaml
/MIGRATION*.md
**/__pycache__
**/*.pyc
**/*.pyo
**/.venv
**/venv
**/.pytest_cache
**/.mypy_cache
""",
    "Dockerfile": """\
# Image for Cloud Run, written by flexmigrate from app.yaml. While a Dockerfile stands here, `gcloud app
# deploy` refuses an app.yaml with `runtime: python`; to deploy to App Engine once more, move it away.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 \\
    PYTHONDONTWRITEBYTECODE=1

WORKDIR /app

# Dependencies first: they change less often than the program.
COPY requirements.txt ./
RUN pip install --no-cache-dir -r requirements.txt

COPY . .

# Cloud Run does not need root, and neither does the program.
RUN useradd --create-home app
USER app

# The command of entrypoint. A shell, because of $PORT; exec, so that signals reach the program.
CMD ["sh", "-c", "exec gunicorn -b :$PORT main:app"]
""",
}
CRON = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: python main.py\n",
    "cron.yaml": "cron:\n- description: daily report\n  url: /report\n  schedule: every day 09:00\n  timezone: Europe/Paris\n",
    "cloud-scheduler.sh": """\
#!/bin/sh
# Cloud Scheduler jobs in place of cron.yaml. Written by flexmigrate; read it, then run it.
set -eu

: "${PROJECT_ID:?set PROJECT_ID to your own}"
: "${REGION:?set REGION to your own}"

# The jobs call Cloud Run as this account, with a signed token. A service that everybody may call has to check
# that token itself: the header X-Appengine-Cron is gone, and anybody can send it.
INVOKER="cron-invoker@${PROJECT_ID}.iam.gserviceaccount.com"
gcloud services enable cloudscheduler.googleapis.com --project="$PROJECT_ID"
gcloud iam service-accounts describe "$INVOKER" --project="$PROJECT_ID" >/dev/null 2>&1 ||
  gcloud iam service-accounts create cron-invoker --project="$PROJECT_ID"

URL_DEFAULT="$(gcloud run services describe default \\
  --project="$PROJECT_ID" --region="$REGION" --format='value(status.url)')"
gcloud run services add-iam-policy-binding default \\
  --project="$PROJECT_ID" --region="$REGION" \\
  --member="serviceAccount:${INVOKER}" --role=roles/run.invoker

# cron.yaml:2  every day 09:00  /report
# No target is written: the default service, unless dispatch.yaml sends the path elsewhere.
gcloud scheduler jobs create http daily-report \\
  --project="$PROJECT_ID" --location="$REGION" \\
  --schedule='0 9 * * *' --time-zone=Europe/Paris \\
  --uri="${URL_DEFAULT}/report" --http-method=GET \\
  --oidc-service-account-email="$INVOKER" --oidc-token-audience="$URL_DEFAULT" \\
  --attempt-deadline=1800s \\
  --description='daily report'

# When all of them run: empty cron.yaml and deploy it, so that App Engine stops calling as well:
#   gcloud app deploy cron.yaml
""",
}
QUEUE = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: python main.py\n",
    "queue.yaml": "queue:\n- name: mail\n  rate: 20/m\n",
    "cloud-tasks.sh": """\
#!/bin/sh
# Cloud Tasks queues in place of queue.yaml. Written by flexmigrate; read it, then run it.
set -eu

: "${PROJECT_ID:?set PROJECT_ID to your own}"
: "${REGION:?set REGION to your own}"

gcloud services enable cloudtasks.googleapis.com --project="$PROJECT_ID"

# A task names its address itself. The program that creates tasks has to change: http_request with the whole
# URL of the Cloud Run service and an oidc_token in place of app_engine_http_request with its relative_uri;
# and the handler finds X-CloudTasks-QueueName where X-AppEngine-QueueName was. Its account needs
# roles/cloudtasks.enqueuer and roles/iam.serviceAccountUser on the account of the token, which needs
# roles/run.invoker on the service.
# Do not deploy queue.yaml any more after this: that deletes or pauses queues it does not name. (unverified)
queue() {
  if gcloud tasks queues describe "$1" --project="$PROJECT_ID" --location="$REGION" >/dev/null 2>&1
  then verb=update; else verb=create; fi
  gcloud tasks queues "$verb" "$@" --project="$PROJECT_ID" --location="$REGION"
}

# queue.yaml:2  mail
queue mail \\
  --max-dispatches-per-second=0.333333
""",
}
DISPATCH = {
    "app.yaml": "runtime: python\nenv: flex\nentrypoint: python main.py\n",
    "dispatch.yaml": 'dispatch:\n- url: "example.com/api/*"\n  service: api\n',
    "load-balancer.sh": """\
#!/bin/sh
# A global HTTPS load balancer in place of dispatch.yaml. Written by flexmigrate; read it, then run it.
set -eu

: "${PROJECT_ID:?set PROJECT_ID to your own}"
: "${REGION:?set REGION to your own}"

gcloud services enable compute.googleapis.com --project="$PROJECT_ID"

gcloud compute network-endpoint-groups create run-default \\
  --project="$PROJECT_ID" --region="$REGION" \\
  --network-endpoint-type=serverless --cloud-run-service=default
gcloud compute backend-services create run-default \\
  --project="$PROJECT_ID" --global --load-balancing-scheme=EXTERNAL_MANAGED
gcloud compute backend-services add-backend run-default \\
  --project="$PROJECT_ID" --global --network-endpoint-group=run-default --network-endpoint-group-region="$REGION"

# No service called api was found here; check its Cloud Run name.
gcloud compute network-endpoint-groups create run-api \\
  --project="$PROJECT_ID" --region="$REGION" \\
  --network-endpoint-type=serverless --cloud-run-service=api
gcloud compute backend-services create run-api \\
  --project="$PROJECT_ID" --global --load-balancing-scheme=EXTERNAL_MANAGED
gcloud compute backend-services add-backend run-api \\
  --project="$PROJECT_ID" --global --network-endpoint-group=run-api --network-endpoint-group-region="$REGION"

# Whatever no rule fits goes to the default service.
gcloud compute url-maps create app \\
  --project="$PROJECT_ID" --global \\
  --default-service=run-default

gcloud compute url-maps add-path-matcher app \\
  --project="$PROJECT_ID" --global --path-matcher-name=host-1 \\
  --new-hosts=example.com --default-service=run-default \\
  --backend-service-path-rules='/api/*=run-api'

# The domains that the certificate is for; their DNS records point at the address below in the end.
DOMAINS=example.com
gcloud compute addresses create app --project="$PROJECT_ID" --global --ip-version=IPV4
gcloud compute ssl-certificates create app --project="$PROJECT_ID" --global --domains="$DOMAINS"
gcloud compute target-https-proxies create app --project="$PROJECT_ID" --global --url-map=app --ssl-certificates=app
gcloud compute forwarding-rules create app --project="$PROJECT_ID" --global \\
  --load-balancing-scheme=EXTERNAL_MANAGED --address=app --target-https-proxy=app --ports=443
gcloud compute addresses describe app --project="$PROJECT_ID" --global --format='value(address)'

# Move the DNS records to this address last: until then App Engine answers. So that nobody goes round the load
# balancer, set run.googleapis.com/ingress to internal-and-cloud-load-balancing in each service.yaml.
""",
}
