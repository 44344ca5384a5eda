import { SURFACES, type Shown, type Surface } from './surfaces.ts'
import { firstOf, nameOf, type ShownCause, type Verdict } from './verdict.ts'

/** Picks the causes that a text is about. */
export type AboutCause = (cause: ShownCause) => boolean

/** Returns what each surface shows of a cause. Default: the first one. */
export function textsOf(shown: Shown, about?: AboutCause): Readonly<Record<Surface, string>> {
  const of = (verdict: Verdict | null): string =>
    verdict === null ? 'no answer' : firstOf(pickedFrom(verdict, about))
  const { health, status, doctor, evidence, metrics, page } = shown
  const [first] = pickedFrom(status, about).causes
  return {
    '/v1/health': of(health),
    status: `exit ${status.code}, ${of(status)}`,
    doctor,
    evidence: evidence === null && status.state === 'unknown' ? 'not asked' : of(evidence),
    '/metrics': metrics === null ? 'no answer' : metricsText(metrics, first),
    page: page === null ? 'no browser' : pageText(page, status.causes.findIndex(isSame(first))),
  }
}

/** Returns one line for each surface. */
export function linesOf(shown: Shown): readonly string[] {
  const texts = textsOf(shown)
  return SURFACES.map((surface) => `${surface}: ${texts[surface]}`)
}

function pickedFrom(verdict: Verdict, about?: AboutCause): Verdict {
  return about === undefined ? verdict : { ...verdict, causes: verdict.causes.filter(about) }
}

function isSame(meant: ShownCause | undefined): AboutCause {
  return (cause) => cause === meant
}

/** A page that sees no answer has a cause of its own. */
function pageText({ word, causes }: NonNullable<Shown['page']>, at: number): string {
  return [word, causes[at]].filter(Boolean).join(': ')
}

function metricsText(
  { state, causes }: NonNullable<Shown['metrics']>,
  first: ShownCause | undefined,
): string {
  const name = first === undefined ? undefined : causes.find((each) => each === nameOf(first))
  return name === undefined ? state : `${state}: ${name}`
}
