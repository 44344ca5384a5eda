import { allMutators } from '../hostile/mutation/all-mutators.ts'
import { mutate } from '../hostile/mutation/mutator.ts'
import { asItMustBe, CONNECT, exchange, onTheWire, TOO_SMALL } from '../hostile/mutation/wire.ts'
import { randomOf, type Random } from '../simulation/random.ts'
import type { HostileRequest } from '../requests/request.ts'
import type { StartedSample } from './started-samples.ts'

/** The number of changed requests, and the seed by which they are made. */
export interface CorpusRun {
  readonly port: number
  readonly seed: number
  readonly count: number
}

const SERVER_FAULT = 500
const UNAVAILABLE = 503
const SHOWN_MAX = 300

/**
 * Sends changed requests over sockets, one after the other. Returns a line for each request that crashed the
 * service, got no answer, or was accepted with changed credentials.
 */
export async function hostileCorpus(
  samples: readonly StartedSample[],
  { port, seed, count }: CorpusRun,
): Promise<readonly string[]> {
  const violations: string[] = []
  const nextAddress = clientAddresses()
  for (let turn = 0; turn < count; turn += 1) {
    const random = randomOf(seed, `started/${turn}`)
    const sample = random.pick(samples)
    const { request, names, trick, ...sent } = changed(await sample.make(), random, port)
    const answer = await exchange(port, sent, nextAddress())
    if (answer === undefined && trick === CONNECT) continue
    const line = `${sample.name}, turn ${turn} of seed ${seed} (${names.join(', ')})`
    if (answer === 'hangs' || answer === undefined) violations.push(`${line}: no answer`)
    else if (answer.status >= SERVER_FAULT && answer.status !== UNAVAILABLE)
      violations.push(`${line}: ${answer.status} ${answer.body.slice(0, SHOWN_MAX)}`)
    // A length that is too small makes two requests of one: the answers belong to both.
    else if (answer.status < 300 && trick !== TOO_SMALL && !sample.mayPass(request, answer.body))
      violations.push(`${line}: let in with ${answer.status} ${answer.body.slice(0, SHOWN_MAX)}`)
  }
  return violations
}

/** Changes a request, or writes it by a trick. Hardly any request with both would be accepted. */
function changed(original: HostileRequest, random: Random, port: number) {
  const host = `127.0.0.1:${port}`
  if (random.chance(0.5)) {
    const written = onTheWire(original, random, host)
    return { request: original, names: [written.trick], ...written }
  }
  const { request, mutators } = mutate(original, allMutators, random)
  return { request, names: mutators, ...asItMustBe(request, host) }
}

/**
 * Returns addresses on loopback, in turn. A service slows down wrong tokens by address, so that one address
 * would soon be answered 429 whatever it sends.
 */
export function clientAddresses(): () => string {
  let given = 0
  return () => {
    given = (given + 1) % ADDRESSES
    return `127.0.1.${given + 1}`
  }
}

const ADDRESSES = 200
