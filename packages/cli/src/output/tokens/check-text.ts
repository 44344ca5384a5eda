import type { SidecarAnswer } from '../../http/sidecar-client.ts'
import type { Colors } from '../colors.ts'
import { printable } from '../printable.ts'
import { verdictText } from './verdict-text.ts'

/** An edge's answer about a token, as people read it. */
export function checkText(answer: SidecarAnswer, colors: Colors): string {
  const { decision, claims, token, viewAgeMs, validated, code, detail } = answer
  const paint = decision === 'allow' ? colors.green : colors.red
  const why = code === undefined ? '' : ` (${[code, detail].filter(Boolean).join(': ')})`
  const verdicts = Object.entries(claims).map(([claim, verdict]) => [claim, verdict] as const)
  const all = token === undefined ? verdicts : [...verdicts, ['the token', token] as const]
  return [
    `${paint(decision)}${printable(why)}`,
    ...all.map(([name, verdict]) => `  ${verdictText(name, verdict, colors)}`),
    ...(validated === true ? ['  the authority judged this request'] : []),
    `  the edge’s view is ${viewAgeMs === null ? 'not there yet' : `${viewAgeMs} ms old`}`,
  ].join('\n')
}
