import { machineClock } from '../measure/clock.ts'
import { childArgument, receiveFromParent, sendToParent } from '../run/child.ts'
import { Connections, type Target } from './connections.ts'

/** The arguments of a process of a crowd. Clients that find no connection wait, and their time counts. */
export type CrowdPlan = Target

/** Bodies that clients send in turn. Bodies that are sent again while a crowd lasts replace the old ones. */
export interface CrowdBodies {
  readonly bodies: readonly string[]
}

/** A crowd: so many clients, each of which wants one answer 200 and obeys `Retry-After`. */
export interface CrowdOrder extends CrowdBodies {
  readonly clients: number
  /** The time within which all clients make their first visit, evenly spread. */
  readonly withinMs: number
}

/** The result of a crowd, by client, in nanoseconds. */
export interface CrowdReport {
  /** Time of the admitted visit, from its due time until the answer. */
  readonly admittedNs: Float64Array
  /** Time from the first visit's due time until the answer. */
  readonly waitedNs: Float64Array
  readonly visits: Float64Array
  /** Time from the begin of the crowd until the last answer. */
  readonly elapsedNs: number
}

/** The number of served clients, while the crowd lasts. */
export interface CrowdProgress {
  readonly served: number
}

const SECOND_NS = 1_000_000_000
const MS_NS = 1_000_000
const PROGRESS_EVERY = 2_000
/** No client visits more often: otherwise the service does not keep its promise. */
const VISITS_MAX = 50

/** Entry of a process of clients that need new tokens after a wide change. */
const connections = new Connections(childArgument() as CrowdPlan)
sendToParent('ready')
let bodies: readonly string[] = []
process.on('message', (message: CrowdBodies) => void (bodies = message.bodies))
for (;;) {
  const order = await receiveFromParent<CrowdOrder | CrowdBodies>()
  if ('clients' in order) sendToParent(await obey(order))
}

async function obey({ clients, withinMs }: CrowdOrder): Promise<CrowdReport> {
  const admittedNs = new Float64Array(clients)
  const waitedNs = new Float64Array(clients)
  const visits = new Float64Array(clients)
  let served = 0
  const startNs = machineClock.nowNs()
  const client = async (index: number): Promise<void> => {
    const cameNs = startNs + (index * withinMs * MS_NS) / clients
    let dueNs = cameNs
    for (let visit = 1; visit <= VISITS_MAX; visit += 1) {
      await until(dueNs)
      const retryAfterS = await ask(bodies[index % bodies.length] ?? '')
      const nowNs = machineClock.nowNs()
      if (retryAfterS === undefined) {
        admittedNs[index] = nowNs - dueNs
        waitedNs[index] = nowNs - cameNs
        visits[index] = visit
        served += 1
        if (served % PROGRESS_EVERY === 0) sendToParent({ served } satisfies CrowdProgress)
        return
      }
      dueNs = nowNs + retryAfterS * SECOND_NS
    }
    throw new Error(`A client was refused ${VISITS_MAX} times.`)
  }
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index)))
  return { admittedNs, waitedNs, visits, elapsedNs: machineClock.nowNs() - startNs }
}

async function until(dueNs: number): Promise<void> {
  const waitNs = dueNs - machineClock.nowNs()
  if (waitNs > 0) await machineClock.sleep(waitNs / MS_NS)
}

/** Returns `undefined` if served, else the number of seconds after which to return. */
async function ask(body: string): Promise<number | undefined> {
  const { status, retryAfterS = 0, text } = await connections.post(body)
  if (status === 200) return undefined
  if ((status === 429 || status === 503) && retryAfterS > 0) return retryAfterS
  throw new Error(`Answered ${status} ${text}`)
}
