import { hash } from 'node:crypto'
import type { ClaimValue, SourceVersion } from '@freshet/protocol'
import { compareVersions } from '@freshet/protocol'

/** Characters of base64url that stand for a state: 96 bits. */
const DIGEST_LENGTH = 16
/** The digest of a claim of which it is not known what Freshet has. */
const UNKNOWN = ''

/** The state of a claim, or of the account where `claim` is absent. */
interface Stated {
  readonly sub: string
  readonly claim?: string
  readonly values: readonly ClaimValue[]
}

/** The states of all claims in Freshet, as digests, so that an unchanged state is not sent again. */
export class StatedDigests {
  readonly #digests = new Map<string, string>()
  readonly #subjects = new Set<string>()

  /** Returns whether Freshet is known to have exactly these values. */
  has({ sub, claim, values }: Stated): boolean {
    const known = this.#digests.get(digestOf([sub, claim ?? null]))
    // A claim that was never stated needs no statement that it has no values.
    return known === undefined
      ? values.length === 0 && claim !== undefined
      : known === valuesDigest(values)
  }

  /** Returns whether the source has stated anything of the subject. */
  hasSubject(sub: string): boolean {
    return this.#subjects.has(sub)
  }

  note({ sub, claim, values }: Stated): void {
    this.#subjects.add(sub)
    this.#digests.set(digestOf([sub, claim ?? null]), valuesDigest(values))
  }

  /**
   * Notes a state that was sent while this was read. It replaces what a list of `listed` found if it is newer. If it is
   * older, Freshet has one of both, and the next read is sent in any case.
   */
  noteMeanwhile(stated: Stated & { readonly version: SourceVersion }, listed: SourceVersion): void {
    if (compareVersions(stated.version, listed) > 0) this.note(stated)
    else this.#digests.set(digestOf([stated.sub, stated.claim ?? null]), UNKNOWN)
  }
}

function valuesDigest(values: readonly ClaimValue[]): string {
  return digestOf(values.map((value) => JSON.stringify(value)).sort())
}

function digestOf(parts: readonly (string | null)[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url').slice(0, DIGEST_LENGTH)
}
