import type { HealthCause, ObservedJson, RefusedJson } from '@freshet/insight/answers'
import type { Health } from '@freshet/insight'
import { spanText } from '../age.ts'
import type { Colors } from '../colors.ts'
import { printable } from '../printable.ts'

/** The symptoms that a cause names; the others are counted. */
const SYMPTOMS_SHOWN = 6

/** The verdict in one line, the routes that refuse requests, then each cause with its effect and the next action. */
export function healthText(health: Health, colors: Colors): string {
  const refused = (health.refused ?? []).map((route) => refusedText(route, health, colors))
  const causes = health.causes.map((cause) => causeText(cause, health, colors))
  const observed = (health.observed ?? []).map((route) => observedText(route, colors))
  const parts = [headline(health, colors), ...refused, ...causes]
  return [...parts, ...(observed.length === 0 ? [] : [observed.join('\n')])].join('\n\n')
}

/** A route that refuses requests now, and the commands that open it: first each one that only asks. */
function refusedText(
  { tenant, audience, route, perSecond, since, claims, open, closed }: RefusedJson,
  { asOf }: Health,
  { bold, dim }: Colors,
): string {
  const where = `REFUSED NOW: ${route} of ${audience}, ${perSecond} requests/s`
  const because = `${claims.join(', ')} of ${tenant} ${claims.length === 1 ? 'is' : 'are'} unverified`
  const lines: readonly (readonly [string, string])[] = [
    ['why', because],
    ...open.map((command) => ['check', `${command} --dry-run`] as const),
    ...open.map((command) => ['open', command] as const),
    ...(closed === null ? [] : [['closed', `no command opens it: ${closed}`] as const]),
  ]
  const shown = lines.map(([label, text]) => `  ${dim(label.padEnd(8))} ${printable(text)}`)
  return [`${bold(printable(where))}, since ${clockOf(since)}${ageOf(since, asOf)}`, ...shown].join(
    '\n',
  )
}

/** The requests on an observed route that used a right after its end, and the greatest age. */
function observedText(observed: ObservedJson, { bold }: Colors): string {
  const { tenant, audience, route, requests, gone, undated, oldestMs, since } = observed
  const where = bold(printable(`${route} of ${audience}, ${tenant}, observed`))
  const dated = oldestMs === null ? '' : `, the oldest for ${spanText(oldestMs)}`
  const unknown = undated === 0 ? '' : `; the time is not known for ${undated}`
  const used =
    gone === 0
      ? `none of ${requests} requests used a right that was already gone`
      : `${gone} of ${requests} requests used rights that were already gone${dated}${unknown}`
  return `${where} since ${clockOf(since)}: ${used}`
}

function headline({ state, since, asOf }: Health, { green, yellow, red, bold }: Colors): string {
  const color = { fresh: green, degraded: yellow, 'not-fresh': red, unknown: red }[state]
  const word = bold(color(state.replace('-', ' ').toUpperCase()))
  const begun = since === null ? '' : ` since ${clockOf(since)}${ageOf(since, asOf)}`
  return `${word}${begun}${asOf === null ? '' : `, as of ${clockOf(asOf)}`}`
}

function causeText(cause: HealthCause, { asOf }: Health, { bold, dim }: Colors): string {
  const { what, since, effect, do: next, runbook, who, symptoms } = cause
  const begun = since === null ? '' : `, since ${clockOf(since)}${ageOf(since, asOf)}`
  const named = symptoms.slice(0, SYMPTOMS_SHOWN).map((each) => `${each.finding} ${each.object}`)
  const more = symptoms.length - named.length
  const lines: readonly (readonly [string, string | null])[] = [
    ['effect', effect],
    ['do', next],
    ['who', who],
    ['runbook', runbook],
    [
      'follows',
      named.length === 0 ? null : `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    ],
  ]
  const shown = lines.flatMap(([label, text]) =>
    text === null ? [] : `  ${dim(label.padEnd(8))} ${printable(text)}`,
  )
  return [`${bold(printable(what))}${begun}`, ...shown].join('\n')
}

/** The time of day in UTC. */
function clockOf(time: string): string {
  return `${time.slice(11, 19)}Z`
}

/** The time between, by the console’s clock. */
function ageOf(since: string, asOf: string | null): string {
  return asOf === null ? '' : ` (${spanText(Math.max(0, Date.parse(asOf) - Date.parse(since)))})`
}
