import { WALK } from '../walk/walk.ts'

/** Asks an edge again while heartbeats are late, as on a machine that stalls. */
const CHECKED = `checked() {
  while out=$(freshet token check "$@"); code=$?; [[ $out == *token.unverified* ]]; do :; done
  printf '%s\\n' "$out"; return "$code"
}`

/** The walk as a script of bash that prints each exit code but 0, and opens no browser; for tests. */
export function walkScript(freshet: string): string {
  const named = `freshet() { ${freshet} "$@"; }; export BROWSER=true`
  const steps = WALK.map(({ command }) => `${command} || echo "exit code $?"`)
  const walk = steps.join('\n').replaceAll('freshet token check', 'checked')
  return ['set -uo pipefail', named, CHECKED, walk].join('\n')
}
