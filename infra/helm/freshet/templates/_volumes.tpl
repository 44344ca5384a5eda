{{/* The mounted secrets and config maps of a pod, as a list. Takes `root`, `user` of Kafka and `secret`. */}}
{{- define "freshet.files.stores" -}}
{{- $values := .root.Values -}}
{{- with .secret }}
- { name: secrets, path: secrets, secret: {{ . }} }
{{- end }}
{{- with .user }}
{{- if or (not (has $values.kafka.sasl.mechanism (list "" "aws-msk-iam"))) $values.kafka.tls.clientCertificates }}
- { name: kafka, path: kafka, secret: {{ (get $values.kafka.users .).existingSecret }} }
{{- end }}
{{- with $values.kafka.tls.caSecret }}
- { name: kafka-ca, path: kafka-ca, secret: {{ . }} }
{{- end }}
{{- end }}
{{- if .database }}
{{- with $values.database.caSecret }}
- { name: database-ca, path: database-ca, secret: {{ . }} }
{{- end }}
{{- end }}
{{- end -}}

{{/* Takes `root`, `name` and `workload`. A sidecar without a client has no secret. */}}
{{- define "freshet.files.workload" -}}
{{- $values := .root.Values -}}
{{- $isEdge := eq .name "sidecar" -}}
{{- $secret := .workload.existingSecret -}}
{{- if and $isEdge (not .workload.clientId) (not .workload.secretFiles) }}{{ $secret = "" }}{{ end -}}
{{- $user := ternary .name "" (hasKey $values.kafka.users .name) -}}
{{- $database := not $isEdge -}}
{{- if eq .name "connect" }}{{ $database = .workload.scim }}{{ end -}}
{{- include "freshet.files.stores" (dict "root" .root "user" $user "secret" $secret "database" $database) }}
- { name: registry, path: registry, configMap: {{ $values.registry.existingConfigMap }} }
{{- if not $isEdge }}
- { name: registry-keys, path: registry/keys, configMap: {{ $values.registry.keysConfigMap }} }
{{- with $values.registry.policiesConfigMap }}
- { name: registry-policies, path: registry/policies, configMap: {{ . }} }
{{- end }}
{{- end }}
{{- with .workload.tls.existingSecret }}
- { name: tls, path: tls, secret: {{ . }} }
{{- end }}
{{- with $values.trust.existingConfigMap }}
- { name: trust, path: trust, configMap: {{ . }} }
{{- end }}
{{- if eq .name "console" }}
- { name: slos, path: slos, configMap: {{ include "freshet.fullname" .root }}-slos }
{{- if include "freshet.probing" .root }}
- { name: probes, path: probes, secret: {{ $values.probes.existingSecret }} }
{{- end }}
{{- end }}
{{- end -}}

{{/* Takes such a list. */}}
{{- define "freshet.mounts" -}}
- { name: tmp, mountPath: /tmp }
{{- range . }}
- { name: {{ .name }}, mountPath: /etc/freshet/{{ .path }}, readOnly: true }
{{- end }}
{{- end -}}

{{/* 288 is 0440: with fsGroup the process reads its secrets by its group, and no other user reads them. */}}
{{- define "freshet.volumes" -}}
- { name: tmp, emptyDir: { sizeLimit: 64Mi } }
{{- range . }}
- name: {{ .name }}
  {{- if .secret }}
  secret: { secretName: {{ .secret }}, defaultMode: 288 }
  {{- else }}
  configMap: { name: {{ .configMap }} }
  {{- end }}
{{- end }}
{{- end -}}
