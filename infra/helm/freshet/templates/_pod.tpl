{{/* The parts that every pod of the release has. */}}
{{- define "freshet.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: { type: RuntimeDefault }
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - { name: {{ . }} }
  {{- end }}
{{- end }}
{{- end -}}

{{/* Takes `root` and `workload`. */}}
{{- define "freshet.container" -}}
image: {{ include "freshet.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
{{- end -}}

{{/* The process listens at once, and /livez knows no dependency. So a restart never follows from a database that is away. */}}
{{- define "freshet.probes" -}}
startupProbe:
  httpGet: { path: /livez, port: http, scheme: {{ .scheme }} }
  periodSeconds: 2
  failureThreshold: 45
livenessProbe:
  httpGet: { path: /livez, port: http, scheme: {{ .scheme }} }
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: http, scheme: {{ .scheme }} }
  periodSeconds: 2
  timeoutSeconds: 3
  failureThreshold: 1
{{- end -}}

{{/* Replicas of a workload are on different nodes and in different zones, as far as possible. */}}
{{- define "freshet.spread" -}}
topologySpreadConstraints:
  {{- range $key := list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
  - maxSkew: 1
    topologyKey: {{ $key }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "freshet.selector" $ | nindent 8 }}
  {{- end }}
{{- end -}}
