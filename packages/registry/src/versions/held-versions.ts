import type { PolicyVersion } from '../document/registry-document.ts'
import type { ActiveVersion } from './version-store.ts'

/** Versions that a process holds, beside those that partitions still go by. */
export const VERSIONS_HELD_MAX = 8

/** The versions in memory, by hash. The one that the process was started with stays. */
export class HeldVersions {
  readonly #held = new Map<string, PolicyVersion>()
  #pinned: ReadonlySet<string> = new Set()

  readonly #own: string

  constructor(own: PolicyVersion) {
    this.#own = own.hash
    this.#held.set(own.hash, own)
  }

  of({ pv, hash }: ActiveVersion): PolicyVersion | undefined {
    const version = this.#held.get(hash)
    return version?.registry.version === pv ? version : undefined
  }

  /** Lets the longest held go where there are too many, but none that is pinned. */
  keep(version: PolicyVersion): PolicyVersion {
    this.#held.set(version.hash, version)
    for (const hash of this.#held.keys()) {
      if (this.#held.size <= VERSIONS_HELD_MAX) break
      const stays = hash === version.hash || hash === this.#own || this.#pinned.has(hash)
      if (!stays) this.#held.delete(hash)
    }
    return version
  }

  /** Names all that are needed; what was pinned before is not any more. */
  pin(versions: readonly ActiveVersion[]): void {
    this.#pinned = new Set(versions.map(({ hash }) => hash))
  }
}
