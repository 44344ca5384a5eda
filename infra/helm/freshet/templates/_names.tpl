{{/* The prefix of every name. */}}
{{- define "freshet.fullname" -}}
{{- if contains "freshet" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-freshet" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The names of the workloads of this release, as a JSON list. */}}
{{- define "freshet.workloads" -}}
{{- $names := list "gateway" "reconciler" "authority" "console" -}}
{{- if .Values.sidecar.enabled }}{{ $names = append $names "sidecar" }}{{ end -}}
{{- if .Values.connect.enabled }}{{ $names = append $names "connect" }}{{ end -}}
{{- $names | toJson -}}
{{- end -}}

{{/* The port of a workload. Those of docs/configuration.md. */}}
{{- define "freshet.port" -}}
{{- get (dict "gateway" "7070" "reconciler" "7071" "authority" "7072" "sidecar" "7073" "proxy" "7074" "console" "7075" "connect" "7076") . -}}
{{- end -}}

{{/* The URL of a workload in the cluster. Takes `root` and `name`. */}}
{{- define "freshet.url" -}}
{{- $scheme := ternary "https" "http" (ne "" (get .root.Values .name).tls.existingSecret) -}}
{{ $scheme }}://{{ include "freshet.fullname" .root }}-{{ .name }}.{{ .root.Release.Namespace }}.svc:{{ include "freshet.port" .name }}
{{- end -}}

{{/* Not empty if the console probes. */}}
{{- define "freshet.probing" -}}
{{- if and .Values.probes.enabled .Values.sidecar.enabled }}true{{ end -}}
{{- end -}}

{{/* Takes `root` and `name`. */}}
{{- define "freshet.selector" -}}
app.kubernetes.io/name: freshet
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end -}}

{{- define "freshet.labels" -}}
{{ include "freshet.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end -}}

{{/* Takes `root` and `workload`. A workload can hold an image of its own during an upgrade. */}}
{{- define "freshet.image" -}}
{{- $shared := .root.Values.image -}}
{{- $own := get (.workload | default dict) "image" | default dict -}}
{{- $repository := $shared.repository -}}
{{- if $own.digest -}}
{{ $repository }}@{{ $own.digest }}
{{- else if $own.tag -}}
{{ $repository }}:{{ $own.tag }}
{{- else if $shared.digest -}}
{{ $repository }}@{{ $shared.digest }}
{{- else -}}
{{ $repository }}:{{ $shared.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The delay, the 15 s of open requests, and 5 s for the receivers of traces and for Kubernetes itself. */}}
{{- define "freshet.grace" -}}
{{- add (div (add (.Values.shutdownDelayMs | int64) 999) 1000) 20 -}}
{{- end -}}
