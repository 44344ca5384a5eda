import type { Run } from './explore.ts'

/**
 * Returns a run for a reader: each actor's events in seconds since the start, and the violation at the end.
 */
export function storyOf(mix: string, run: Run): string {
  const lines = run.lines.map(storyLine)
  const faults = [...run.faults].map(([fault, times]) => `${fault} ${times}`).sort()
  const fallen = run.violations.map(({ invariant, what }) => `${invariant} is broken: ${what}`)
  return [
    ...lines,
    '',
    `mix ${mix}, seed ${run.seed}: ${run.events} events, trace ${run.hash}`,
    `seen: ${faults.join(', ')}`,
    ...(fallen.length === 0 ? ['every invariant held'] : fallen),
    '',
  ].join('\n')
}

function storyLine(line: string): string {
  const [atMs = '', actor = '', ...what] = line.split(' ')
  return `${(Number(atMs) / 1_000).toFixed(3).padStart(8)}  ${actor.padEnd(13)} ${what.join(' ')}`
}
