/** Asks an edge again while heartbeats are late, as on a machine that stalls. */
const CHECKED = `checked() {
  while out=$(freshet token check "$@"); code=$?; [[ $out == *token.unverified* ]]; do :; done
  printf '%s\\n' "$out"; return "$code"
}`

/** The commands of the walk in what `freshet dev` printed. */
export function printedCommands(printed: string): readonly string[] {
  const [, after = ''] = printed.split('in another terminal of this folder:\n')
  return [...after.matchAll(/^ {3}(.+)$/gm)].map(([, command = '']) => command)
}

/** The beginnings of the outputs of a walk on the claim `groups`. */
export const WALK_SHOWS = [
  'allow',
  'deny (token.stale',
  'STALE: alice lost values of groups',
] as const

/** The commands as a script of bash that prints each exit code but 0, and opens no browser; for tests. */
export function walkScript(program: string, commands: readonly string[]): string {
  const named = `freshet() { '${process.execPath}' '${program}' "$@"; }; export BROWSER=true`
  const steps = commands.map((command) => `${command} || echo "exit code $?"`)
  const walk = steps.join('\n').replaceAll('freshet token check', 'checked')
  return ['set -uo pipefail', named, CHECKED, walk].join('\n')
}
