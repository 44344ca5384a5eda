import type { ServiceCheck } from '@freshet/insight/findings'
import { formatRfc3339 } from '@freshet/wire'
import type { ServiceAnswer } from './ask-service.ts'

/** Keeps since when each service is in its state. */
export class ServiceStates {
  readonly #ask: (url: string) => Promise<ServiceAnswer>
  readonly #urls: ReadonlyMap<string, string>
  #last: ReadonlyMap<string, ServiceCheck> = new Map()

  /** `urls`: the services by name. */
  constructor(urls: ReadonlyMap<string, string>, ask: (url: string) => Promise<ServiceAnswer>) {
    this.#urls = urls
    this.#ask = ask
  }

  /** Asks all services, and returns their states at this time, in milliseconds since 1970. */
  async check(nowMs: number): Promise<readonly ServiceCheck[]> {
    const checks = await Promise.all(
      [...this.#urls].map(async ([service, url]): Promise<ServiceCheck> => {
        const answer = await this.#ask(url)
        const before = this.#last.get(service)
        const since = before?.state === answer.state ? before.since : formatRfc3339(nowMs)
        return { service, ...answer, since }
      }),
    )
    this.#last = new Map(checks.map((each) => [each.service, each]))
    return checks
  }
}
