import { SURFACES, type Shown, type Surface } from './surfaces.ts'
import { allOf, nameOf, steady, WORDS } from './verdict.ts'

const UNHEALTHY = 10
/** The cause that only a page can see: its console does not answer. */
const NO_ANSWER = 'the console does not answer this page'

/** The texts that a surface must and does show. Ages and times are left out. */
interface Pair {
  readonly meant: string
  readonly shown: string
}

/**
 * Returns the surfaces that show another verdict than `freshet status`, each with its text; none where all agree. The
 * command has a verdict also while the console is away.
 */
export function differences(shown: Shown): ReadonlyMap<Surface, string> {
  const pairs = SURFACES.map((surface) => [surface, PAIRS[surface](shown)] as const)
  const others = pairs.filter(([, pair]) => pair !== undefined && pair.shown !== pair.meant)
  return new Map(
    others.map(([surface, pair]) => [surface, `“${pair?.shown}”, not “${pair?.meant}”`]),
  )
}

/** `undefined`: the surface can have no answer in this state. */
const PAIRS: Readonly<Record<Surface, (shown: Shown) => Pair | undefined>> = {
  '/v1/health': ({ health, status }) => {
    if (health === null && isAway(status)) return undefined
    return { shown: health === null ? 'no answer' : allOf(health), meant: allOf(status) }
  },
  status: ({ status: { state, code } }) => ({
    shown: `exit ${code}`,
    meant: `exit ${state === 'fresh' ? 0 : UNHEALTHY}`,
  }),
  doctor: ({ doctor, status: { state, causes } }) => ({
    shown: steady(doctor),
    meant: steady([state, ...causes.map(({ what }) => what)].join('; ').replace(';', ':')),
  }),
  evidence: ({ evidence, status }) => {
    if (evidence === null && status.state === 'unknown') return undefined
    return { shown: evidence === null ? 'no answer' : allOf(evidence), meant: allOf(status) }
  },
  '/metrics': ({ metrics, status }) => {
    if (metrics === null && isAway(status)) return undefined
    const names = new Set(status.causes.map(nameOf))
    const shown = metrics === null ? ['no answer'] : [metrics.state, ...metrics.causes.toSorted()]
    return { shown: shown.join(', '), meant: [status.state, ...[...names].toSorted()].join(', ') }
  },
  page: ({ page, status }) => {
    if (page === null) return undefined
    const causes = isAway(status) ? [NO_ANSWER] : status.causes.map(({ what }) => what)
    return {
      shown: [page.word, ...page.causes.map(steady)].join('; '),
      meant: [WORDS[status.state], ...causes.map(steady)].join('; '),
    }
  },
}

function isAway({ causes: [first] }: Shown['status']): boolean {
  return first?.finding === 'consoleAway'
}
