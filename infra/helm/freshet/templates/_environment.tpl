{{/* Every environment is a map of names and texts, so that `env` of a workload can replace a value. */}}

{{- define "freshet.environment.kafka" -}}
{{- $kafka := .root.Values.kafka -}}
{{- $user := get $kafka.users .user -}}
KAFKA_BROKERS: {{ join "," $kafka.brokers | quote }}
KAFKA_TLS: {{ $kafka.tls.enabled | quote }}
{{- if $kafka.tls.caSecret }}
KAFKA_TLS_CA_FILE: /etc/freshet/kafka-ca/ca.crt
{{- end }}
{{- with $kafka.tls.serverName }}
KAFKA_TLS_SERVER_NAME: {{ . | quote }}
{{- end }}
{{- if $kafka.tls.clientCertificates }}
KAFKA_TLS_CERT_FILE: /etc/freshet/kafka/{{ $kafka.keys.certificate }}
KAFKA_TLS_KEY_FILE: /etc/freshet/kafka/{{ $kafka.keys.privateKey }}
{{- end }}
{{- with $kafka.sasl.mechanism }}
KAFKA_SASL_MECHANISM: {{ . | quote }}
{{- if eq . "oauthbearer" }}
KAFKA_SASL_TOKEN_URL: {{ required "kafka.sasl.tokenUrl: oauthbearer needs it" $kafka.sasl.tokenUrl | quote }}
KAFKA_SASL_CLIENT_ID: {{ $user.name | quote }}
KAFKA_SASL_CLIENT_SECRET_FILE: /etc/freshet/kafka/{{ $kafka.keys.clientSecret }}
{{- with $kafka.sasl.scope }}
KAFKA_SASL_SCOPE: {{ . | quote }}
{{- end }}
{{- else if eq . "aws-msk-iam" }}
KAFKA_SASL_AWS_REGION: {{ required "kafka.sasl.awsRegion: aws-msk-iam needs it" $kafka.sasl.awsRegion | quote }}
{{- else }}
KAFKA_SASL_USERNAME: {{ $user.name | quote }}
KAFKA_SASL_PASSWORD_FILE: /etc/freshet/kafka/{{ $kafka.keys.password }}
{{- end }}
{{- end }}
{{- if $kafka.allowPlaintext }}
KAFKA_ALLOW_PLAINTEXT: 'true'
{{- end }}
{{- end -}}

{{- define "freshet.environment.database" -}}
DATABASE_URL_FILE: /etc/freshet/secrets/database-url
{{- if .root.Values.database.allowPlaintext }}
DATABASE_ALLOW_PLAINTEXT: 'true'
{{- end }}
{{- end -}}

{{/* The variables that the services share. */}}
{{- define "freshet.environment.service" -}}
{{- $values := .root.Values -}}
FRESHET_HOST: {{ $values.host | quote }}
FRESHET_PORT: {{ include "freshet.port" .name | quote }}
{{- if ne .name "connect" }}
FRESHET_ISSUER: {{ $values.issuer | quote }}
{{- end }}
FRESHET_REGISTRY: /etc/freshet/registry/registry.yaml
FRESHET_SHUTDOWN_DELAY_MS: {{ $values.shutdownDelayMs | int64 | quote }}
FRESHET_LOG_LEVEL: {{ $values.logLevel | quote }}
{{- if .workload.tls.existingSecret }}
FRESHET_TLS_CERT_FILE: /etc/freshet/tls/tls.crt
FRESHET_TLS_KEY_FILE: /etc/freshet/tls/tls.key
{{- end }}
{{- if $values.trust.existingConfigMap }}
NODE_EXTRA_CA_CERTS: /etc/freshet/trust/ca.crt
{{- end }}
{{- with $values.otel.endpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . | quote }}
{{- end }}
{{- with $values.otel.resourceAttributes }}
OTEL_RESOURCE_ATTRIBUTES: {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "freshet.environment.gateway" -}}
FRESHET_URL: {{ .root.Values.gatewayUrl | quote }}
FRESHET_STAMP_KEYS_FILE: /etc/freshet/secrets/stamps.keys.json
FRESHET_ADMIN_TOKENS_FILE: /etc/freshet/secrets/admin-tokens
FRESHET_CONSOLES: console:operator:/etc/freshet/secrets/vouchers.jwks.json
{{ include "freshet.environment.database" . }}
{{- end -}}

{{- define "freshet.environment.reconciler" -}}
FRESHET_STAMP_KEYS_FILE: /etc/freshet/secrets/stamps.keys.json
FRESHET_CHECKPOINT_KEYS_FILE: /etc/freshet/secrets/checkpoints.keys.json
FRESHET_AUDIT_KEYS_FILE: /etc/freshet/secrets/audit.keys.json
FRESHET_TOKEN_LIFE_MAX_MS: {{ .root.Values.tokenLifeMaxMs | int64 | quote }}
{{ include "freshet.environment.database" . }}
{{- end -}}

{{- define "freshet.environment.authority" -}}
FRESHET_STAMP_KEYS_FILE: /etc/freshet/secrets/stamps.keys.json
FRESHET_TOKEN_KEYS_FILE: /etc/freshet/secrets/tokens.keys.json
FRESHET_CHECKPOINT_JWKS_FILE: /etc/freshet/secrets/checkpoints.jwks.json
FRESHET_TOKEN_LIFE_MAX_MS: {{ .root.Values.tokenLifeMaxMs | int64 | quote }}
{{ include "freshet.environment.database" . }}
{{- end -}}

{{- define "freshet.environment.console" -}}
FRESHET_GATEWAY_URL: {{ .root.Values.gatewayUrl | quote }}
FRESHET_ADMIN_TOKENS_FILE: /etc/freshet/secrets/admin-tokens
FRESHET_VOUCHER_KEYS_FILE: /etc/freshet/secrets/vouchers.keys.json
FRESHET_SLOS: /etc/freshet/slos/slos.yaml
{{- $services := list -}}
{{- range without (fromJsonArray (include "freshet.workloads" .root)) "console" -}}
{{- $services = append $services (printf "%s=%s" . (include "freshet.url" (dict "root" $.root "name" .))) -}}
{{- end }}
FRESHET_SERVICES: {{ join "," $services | quote }}
{{- if include "freshet.probing" .root }}
FRESHET_PROBE_EDGES: sidecar={{ include "freshet.url" (dict "root" .root "name" "sidecar") }}
FRESHET_PROBE_KEYS_FILE: /etc/freshet/probes/probes.private.json
{{- if not .root.Values.sidecar.tls.existingSecret }}
# These tokens are of no person, and stay in the cluster.
FRESHET_PROBE_ALLOW_PLAINTEXT: 'true'
{{- end }}
{{- end }}
{{- with .root.Values.consoleUrl }}
FRESHET_URL: {{ . | quote }}
{{- end }}
{{ include "freshet.environment.database" . }}
{{- end -}}

{{- define "freshet.environment.sidecar" -}}
FRESHET_AUDIENCE: {{ .workload.audience | quote }}
FRESHET_PROXY_PORT: {{ include "freshet.port" "proxy" | quote }}
FRESHET_TOKEN_LIFE_MAX_MS: {{ .root.Values.tokenLifeMaxMs | int64 | quote }}
{{- with .workload.clientId }}
FRESHET_CLIENT_ID: {{ . | quote }}
FRESHET_CLIENT_KEY_FILE: /etc/freshet/secrets/client.private.json
{{- end }}
{{- end -}}

{{- define "freshet.environment.connect" -}}
FRESHET_GATEWAY_URL: {{ .root.Values.gatewayUrl | quote }}
FRESHET_CONNECT_SECRETS: /etc/freshet/secrets
{{- if .workload.scim }}
{{ include "freshet.environment.database" . }}
{{- end }}
{{- end -}}

{{/* A map of names and texts as a list of Kubernetes. */}}
{{- define "freshet.env" -}}
{{- range $name, $value := . }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end -}}

{{/* The whole environment of a workload. Takes `root`, `name` and `workload`. */}}
{{- define "freshet.environment" -}}
{{- $shared := fromYaml (include "freshet.environment.service" .) -}}
{{- $kafka := dict -}}
{{- if hasKey .root.Values.kafka.users .name -}}
{{- $kafka = fromYaml (include "freshet.environment.kafka" (dict "root" .root "user" .name)) -}}
{{- end -}}
{{- $own := fromYaml (include (printf "freshet.environment.%s" .name) .) -}}
{{- $files := dict -}}
{{- range $name, $key := .workload.secretFiles -}}
{{- $_ := set $files $name (printf "/etc/freshet/secrets/%s" $key) -}}
{{- end -}}
{{- $all := mergeOverwrite $shared $kafka $own $files .workload.env -}}
{{- if and (eq .name "sidecar") (not (hasKey $all "FRESHET_EDGE_ID")) -}}
- { name: FRESHET_EDGE_ID, valueFrom: { fieldRef: { fieldPath: metadata.name } } }
{{- end }}
{{- include "freshet.env" $all }}
{{- end -}}
