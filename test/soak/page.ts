import type { Observed, Verdict } from './verdict.ts'
import { seconds } from './verdict.ts'

/** The content of the page of a run. */
export interface SoakReport {
  readonly observed: Observed
  readonly verdict: Verdict
  /** Sentences about the cluster, the builds and the machine. */
  readonly about: readonly string[]
}

const WIDTH = 1_000
const LABEL = 260
const ROW = 22
const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:80rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left}
.bad{color:#b00020;font-weight:600}.good{color:#1b6e2c}svg{width:100%;height:auto;font-size:12px}`

/** Returns the page of a run: its verdict, its timeline, and a row for each event. */
export function soakPage({ observed, verdict, about }: SoakReport): string {
  const { faults, events } = verdict
  const outcome = faults.length === 0 ? 'No fault was found.' : `Faults: ${faults.length}.`
  const rows = events.map(({ name, beganMs, struckMs, recoveredMs, longest, holds }) =>
    row([
      escaped(name),
      seconds(beganMs),
      seconds(struckMs - beganMs),
      seconds(recoveredMs),
      longest ? `${seconds(longest.toMs - longest.fromMs)}, ${escaped(longest.what)}` : '0 s',
      holds ? '<span class="good">holds</span>' : '<span class="bad">too late</span>',
    ]),
  )
  const counts = `Removals: ${observed.removals}. Lost changes: ${observed.lost.length}. Let in later than D: ${observed.letIn.length}.`
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Soak</title><style>${STYLE}</style>
<h1>Soak</h1>
<p class="${faults.length === 0 ? 'good' : 'bad'}">${outcome}</p>
<p>${counts}</p>
<ul>${faults.map((fault) => `<li class="bad">${escaped(fault)}</li>`).join('')}</ul>
<h2>Timeline</h2>
${timeline(observed)}
<p>A grey bar is an event until nothing prevents a recovery. A red bar is the time from the last success to the next one.</p>
<h2>Events</h2>
<table><tr>${['event', 'began', 'it lasted', 'recovery after it', 'longest outage', 'verdict'].map((name) => `<th>${name}</th>`).join('')}</tr>
${rows.join('\n')}
</table>
<h2>Run</h2>
<ul>${about.map((line) => `<li>${escaped(line)}</li>`).join('')}</ul>
</html>
`
}

function timeline({ events, outages }: Observed): string {
  const endMs = Math.max(1, ...events.map(({ endedMs }) => endedMs))
  const names = [...new Set(events.map(({ name }) => name))]
  const kinds = [...new Set(outages.map(({ what }) => what))].toSorted()
  const lines = [...names, ...kinds]
  const bar = (line: string, spanMs: readonly [number, number], color: string): string => {
    const [x, to] = spanMs.map((ms) => LABEL + (Math.max(0, ms) / endMs) * (WIDTH - LABEL))
    const width = Math.max(2, (to ?? 0) - (x ?? 0)).toFixed(1)
    const y = lines.indexOf(line) * ROW + 4
    return `<rect x="${x?.toFixed(1)}" y="${y}" width="${width}" height="${ROW - 8}" fill="${color}"/>`
  }
  const labels = lines.map(
    (line, at) => `<text x="0" y="${at * ROW + 15}">${escaped(shortened(line))}</text>`,
  )
  const minutes = Array.from({ length: Math.floor(endMs / 60_000) + 1 }, (_, minute) => {
    const x = LABEL + ((minute * 60_000) / endMs) * (WIDTH - LABEL)
    const height = lines.length * ROW
    return `<line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="0" y2="${height}" stroke="#ddd"/><text x="${x.toFixed(1)}" y="${height + 14}">${minute} min</text>`
  })
  const bars = [
    ...events.map((event) => bar(event.name, [event.beganMs, event.struckMs], '#8a8a8a')),
    ...outages.map(({ what, fromMs, toMs }) => bar(what, [fromMs, toMs], '#d0342c')),
  ]
  const size = `viewBox="0 0 ${WIDTH} ${lines.length * ROW + 20}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="Timeline">${[...minutes, ...labels, ...bars].join('')}</svg>`
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`
}

function shortened(text: string): string {
  return text.length > 42 ? `${text.slice(0, 41)}…` : text
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
