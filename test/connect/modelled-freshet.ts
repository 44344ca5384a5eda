import { isDeepStrictEqual } from 'node:util'
import {
  CLOCK_TOLERANCE_MS,
  EMPTY_CLAIM,
  FreshetError,
  mergeStatement,
  valuesInForce,
  type Change,
  type ClaimState,
} from '@freshet/protocol'
import type { BegunEpoch, FreshetPort, StatedState } from '@freshet/connect'
import type { Timer } from '@freshet/wire'
import type { Kernel } from '../simulation/kernel/kernel.ts'
import type { Random } from '../simulation/random.ts'

/** The rules of the gateway that a control can switch off. */
export interface FreshetRules {
  readonly isFenced: boolean
  readonly isClockChecked: boolean
}

/** The gateway and what is recorded, as far as a connection meets them: the product's own merge, and the fence. */
export class ModelledFreshet {
  readonly #kernel: Kernel
  readonly #rules: FreshetRules
  readonly #states = new Map<string, { readonly sub: string; readonly state: ClaimState }>()
  #epoch = 0n
  #cursor: string | undefined
  #throughMs: number | undefined
  /** Called after each change of what is in force or of `through`. */
  onChange: () => void = () => {}
  /** The changes that were charged to the owner, because no event had announced them. */
  charged = 0

  constructor(kernel: Kernel, rules: FreshetRules) {
    this.#kernel = kernel
    this.#rules = rules
  }

  get throughMs(): number | undefined {
    return this.#throughMs
  }

  /** The values of each subject that are in force. */
  inForce(): readonly { readonly sub: string; readonly value: string }[] {
    return [...this.#states.values()].flatMap(({ sub, state }) =>
      valuesInForce(state).map((value) => ({ sub, value: String(value) })),
    )
  }

  /** The port of one process. */
  port(timer: Timer, random: Random): FreshetPort {
    const travel = (signal: AbortSignal): Promise<void> =>
      timer.sleep(random.between(1, 80), signal)
    const lose = (): void => {
      if (random.chance(0.05)) throw new FreshetError('broker.unavailable', 'No answer.')
    }
    return {
      beginEpoch: async (signal): Promise<BegunEpoch> => {
        await travel(signal)
        const seconds = BigInt(Math.trunc(this.#kernel.nowMs / 1_000))
        this.#epoch = seconds > this.#epoch ? seconds : this.#epoch + 1n
        return { epoch: this.#epoch, ...(this.#cursor !== undefined && { cursor: this.#cursor }) }
      },
      send: async (changes, signal) => {
        for (;;) {
          await travel(signal)
          signal.throwIfAborted()
          try {
            lose()
            for (const change of changes) this.#take(change)
            this.onChange()
            lose()
            break
          } catch (error) {
            if (!(error instanceof FreshetError) || error.disposition !== 'retry') throw error
          }
        }
        await travel(signal)
      },
      heartbeat: async ({ throughMs, sentMs, epoch, cursor }, signal) => {
        await travel(signal)
        lose()
        this.#admit(epoch)
        if (this.#rules.isClockChecked && sentMs > this.#kernel.nowMs + CLOCK_TOLERANCE_MS)
          throw new FreshetError('event.malformed', 'The clock of the source is ahead.')
        this.#throughMs = Math.max(this.#throughMs ?? throughMs, throughMs)
        this.#cursor = cursor
        this.onChange()
        await travel(signal)
      },
      states: (signal) => this.#list(() => travel(signal)),
      throughMs: async (signal) => {
        await travel(signal)
        return this.#throughMs
      },
    }
  }

  #admit(epoch: bigint): void {
    if (this.#rules.isFenced && epoch < this.#epoch)
      throw new FreshetError('event.superseded', `Epoch ${epoch} is over.`)
  }

  #take(change: Change): void {
    this.#admit(change.sourceVersion.epoch)
    if (change.kind !== 'claim') return
    const { subject, claim, op, values, sourceVersion: version } = change
    const key = JSON.stringify([subject.sub, claim])
    const before = this.#states.get(key)?.state ?? EMPTY_CLAIM
    const state = mergeStatement(before, { op, values, version })
    if (
      change.found === 'compare' &&
      !isDeepStrictEqual(valuesInForce(before), valuesInForce(state))
    )
      this.charged += 1
    this.#states.set(key, { sub: subject.sub, state })
  }

  async *#list(travel: () => Promise<void>): AsyncGenerator<StatedState> {
    await travel()
    for (const { sub, state } of this.#states.values()) {
      yield { iss: ISS, sub, claim: 'roles', values: valuesInForce(state), version: state.floor }
    }
  }
}

/** The identity provider of the modelled subjects. */
export const ISS = 'https://id.acme.example'
