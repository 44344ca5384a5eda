import { once } from 'node:events'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { randomOf, type Random } from '../../simulation/random.ts'
import { allMutators } from './all-mutators.ts'
import type { Sample } from '../../requests/operation.ts'
import type { AttackedService } from './attacked-service.ts'
import { mutate, type Mutated } from './mutator.ts'
import { platformRequest, type HostileAnswer } from '../../requests/request.ts'

/**
 * A request without an answer within this time hangs. It is below the 10 s after which a server refuses a request
 * that is late, and long enough for the first requests of a process on a busy machine.
 */
export const HANG_MS = 8_000
const SERVER_FAULT = 500
const SHOWN_MAX = 400
/** The first requests of a run fill caches and compile code; growth counts after them. */
const WARM_SHARE = 0.2
/** The share of requests to routes that need a permission. */
const GUARDED_SHARE = 0.9

/** The results of a run. */
export interface Trial {
  readonly sent: number
  /** Answers below 300: mutations that left the request valid. */
  readonly letIn: number
  /** The violations, each with the mutation that shows it. */
  readonly violations: readonly string[]
  /** The growth of the heap from the first fifth to the end, after a collection each. */
  readonly heapGrowthBytes: number
}

/** Sends so many mutations of valid requests; the same seed sends the same ones. */
export async function tryMutations(
  attacked: AttackedService,
  { seed, count }: { readonly seed: number; readonly count: number },
): Promise<Trial> {
  const violations: string[] = []
  let letIn = 0
  let warmBytes = 0
  for (let sent = 0, turn = 0; sent < count; turn += 1) {
    const random = randomOf(seed, `${attacked.name}/${turn}`)
    const mutated = mutate(await sampleOf(attacked, random).make(), allMutators, random)
    const request = platformRequest(mutated.request)
    // The platform’s own client would not send it; it is sent over sockets all the same.
    if (request === undefined) continue
    await attacked.pause()
    const before = attacked.state()
    const answer = await answerOf(attacked, request)
    const hasChanged = differs(before, attacked.state())
    if (typeof answer !== 'string' && answer.status < 300) letIn += 1
    const wrong =
      typeof answer === 'string' ? answer : faultOf(attacked, mutated, answer, hasChanged)
    if (wrong !== undefined) violations.push(shown(attacked.name, { seed, turn }, mutated, wrong))
    sent += 1
    if (sent === Math.floor(count * WARM_SHARE)) warmBytes = heapBytes()
  }
  return { sent: count, letIn, violations, heapGrowthBytes: heapBytes() - warmBytes }
}

function sampleOf({ samples }: AttackedService, random: Random): Sample {
  const guarded = samples.filter(({ isPublic }) => !isPublic)
  return random.pick(random.chance(GUARDED_SHARE) ? guarded : samples)
}

async function answerOf(
  { app }: AttackedService,
  request: Request,
): Promise<HostileAnswer | string> {
  const done = new AbortController()
  // The wait ends with the answer: a pending wait would keep the answer in memory.
  const late = once(AbortSignal.timeout(HANG_MS), 'abort', { signal: done.signal }).then(
    () => `no answer within ${HANG_MS} ms`,
    () => 'ended',
  )
  const answer = async (): Promise<HostileAnswer> => {
    const response = await app.request(request)
    return { status: response.status, body: await response.text() }
  }
  try {
    return await Promise.race([answer(), late])
  } catch (error) {
    return `threw ${String(error)}`
  } finally {
    done.abort()
  }
}

function faultOf(
  attacked: AttackedService,
  mutated: Mutated,
  answer: HostileAnswer,
  hasChanged: boolean,
): string | undefined {
  if (answer.status >= SERVER_FAULT) return `answered ${answer.status} ${answer.body}`
  if (mutated.isSpoilt && hasChanged) return `took a body that was spoilt: ${answer.body}`
  return attacked.judge(mutated, answer, hasChanged)
}

function differs(before: readonly unknown[], after: readonly unknown[]): boolean {
  return before.length !== after.length || before.some((row, at) => row !== after[at])
}

function shown(
  name: string,
  { seed, turn }: { readonly seed: number; readonly turn: number },
  { request, mutators }: Mutated,
  wrong: string,
): string {
  const { method, path, headers, body } = request
  const text = JSON.stringify({ method, path, headers, body: Buffer.from(body).toString('latin1') })
  const where = `${name}, mutation ${turn} of seed ${seed} (${mutators.join(', then ')})`
  return `${where}: ${wrong.slice(0, SHOWN_MAX)}\n  ${text.slice(0, SHOWN_MAX)}`
}

/** Returns the heap's size after a collection. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
