import { FreshetError } from '@freshet/protocol'
import type { Faults } from './faults.ts'
import type { Process } from './process.ts'

const UNAVAILABLE = { database: 'database.unavailable', broker: 'broker.unavailable' } as const

/** A service that processes call. */
export type Service = keyof typeof UNAVAILABLE

/** The closed directions, by `process service`, and the end of each cut. */
export interface Cut {
  /** No request arrives. */
  readonly there: Map<string, number>
  /** No answer comes back, but the request is done. */
  readonly back: Map<string, number>
}

/** The longest time for which a transaction can be open without a statement. */
const IDLE_MAX_MS = 5_000

/** Returns a new promise each time. Code that waits for it is collected with it, and so is a whole run. */
function never(): Promise<never> {
  return new Promise<never>(() => undefined)
}

/**
 * The connection of a process to a service. Each call is two events, the request and the answer. Its effect
 * comes between them, whole or not at all.
 */
export class Link {
  readonly process: Process
  readonly #service: Service
  readonly #faults: Faults
  readonly #cut: Cut

  constructor(process: Process, service: Service, faults: Faults, cut: Cut) {
    this.process = process
    this.#service = service
    this.#faults = faults
    this.#cut = cut
  }

  /** Makes one call; `mayLand` if an effect can come late or twice. */
  async call<T>(site: string, effect: () => Promise<T>, mayLand = false): Promise<T> {
    const { process } = this
    await process.wait(this.#faults.wayMs())
    if (this.#isCut('there')) throw await this.#lost(site, 'cut off')
    const fate = this.#faults.fate(mayLand)
    process.log(`${fate}: ${site}`, fate === 'well')
    // A site begins with its method.
    if (fate !== 'well') this.#faults.count(`${fate}: ${site.split(' ', 1)[0]}`)
    if (fate === 'crash before') return this.#die()
    if (fate === 'late') this.#landLater(effect)
    if (fate === 'refused' || fate === 'late') throw await this.#lost(site, fate)
    let result: T
    try {
      result = await effect()
    } catch (error) {
      // A dead process receives nothing, not even a failure.
      if (process.isDead) return never()
      throw error
    }
    if (fate === 'twice') result = await effect()
    if (fate === 'crash after') return this.#die()
    if (fate === 'unknown' || this.#isCut('back')) throw await this.#lost(site, 'unknown')
    await process.wait(this.#faults.wayMs())
    return result
  }

  /**
   * Makes a statement of an open transaction, and waits until the next one can arrive. The server ends a
   * transaction whose client died, went away, or did nothing for too long.
   */
  async statement<T>(effect: () => Promise<T>): Promise<T> {
    const { process } = this
    const result = await effect()
    const openMs = this.#faults.statementMs() + process.pausedMs
    await new Promise<void>((resolve) => {
      process.kernel.after(Math.min(openMs, IDLE_MAX_MS), resolve)
    })
    if (!process.isDead && openMs <= IDLE_MAX_MS && !this.#isCut('there')) return result
    throw new FreshetError(UNAVAILABLE[this.#service], 'the transaction was given up')
  }

  /** Waits for the arrival of data that the service sends by itself. */
  async arrival(): Promise<void> {
    await this.process.wait(this.#faults.wayMs())
    for (let ms = this.#cutMs('back'); ms > 0; ms = this.#cutMs('back')) await this.process.wait(ms)
  }

  #die(): Promise<never> {
    this.process.kill()
    return never()
  }

  #landLater(effect: () => Promise<unknown>): void {
    const { kernel } = this.process
    kernel.after(this.#faults.lateMs(), () => void effect().catch(() => undefined))
  }

  async #lost(site: string, why: string): Promise<FreshetError> {
    await this.process.wait(this.#faults.timeoutMs())
    return new FreshetError(UNAVAILABLE[this.#service], `${site}: ${why}`)
  }

  #isCut(way: keyof Cut): boolean {
    return this.#cutMs(way) > 0
  }

  #cutMs(way: keyof Cut): number {
    const untilMs = this.#cut[way].get(`${this.process.name} ${this.#service}`) ?? 0
    return untilMs - this.process.kernel.nowMs
  }
}

/** Returns a port of a service as a process reaches it: each method is a call, and its name is the site. */
export function remote<Port extends object>(port: Port, link: Link): Port {
  return new Proxy(port, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      return (...given: unknown[]): Promise<unknown> =>
        link.call(String(name), () => Reflect.apply(method, target, given) as Promise<unknown>)
    },
  })
}
