#!/bin/sh
# Feeds source `hr` of a running `npm run dev` for a minute, with curl: event after event, each sent again
# until the gateway has answered 202. Run it in the clone; kill the gateway meanwhile: nothing is lost or doubled.
set -eu
freshet=${FRESHET:-freshet}
gateway=$(node -p "JSON.parse(require('fs').readFileSync('.freshet/dev.json')).gateway.url")
start=$(date +%s) n=0
while [ "$(($(date +%s) - start))" -lt "${FEED_SECONDS:-60}" ]; do
  n=$((n + 1))
  # Made once: what is sent again must be the same, so that it is recognised.
  event='{"specversion":"1.0","id":"feed-'$start-$n'","source":"hr","type":"dev.freshet.change.v1","data":{
    "tenant":"acme","subject":{"format":"iss_sub","iss":"https://idp.acme.example","sub":"worker-'$((n % 5))'"},
    "claim":"groups","op":"set","value":["shift-'$n'"],"sourceVersion":"'$((start * 1000 + n))'",
    "occurredAt":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'"}}'
  while :; do
    # A token serves one request, with this body alone. The last line of the answer is its status, and how long to wait if it says so.
    answer=$(curl -s -m 10 -w '\n%{http_code} %header{retry-after}' -d "$event" "$gateway/v1/changes" \
      -H "authorization: Bearer $(printf %s "$event" | $freshet source token --source hr --body -)" \
      -H 'content-type: application/cloudevents+json' || true)
    set -- $(echo "$answer" | tail -n 1)
    case $1 in
    202) break ;;
    429 | 5?? | 000) echo "again in ${2:-1} s: $1" >&2 && sleep "${2:-1}" ;;
    *) echo "refused: $answer" >&2 && exit 1 ;;
    esac
  done
  echo "$answer" | head -n 1
done
