import { listedTest, type MappedIssuer } from '@freshet/protocol'
import { invalidToken } from './invalid-token.ts'

/** The foreign tokens that an edge verified, by the spelling of their subjects. */
export interface ForeignSubjectCounts {
  /** Accepted, in the form that their issuer declares. */
  readonly declared: number
  /** Accepted, of an issuer that declares no form: some can be about a subject of another spelling. */
  readonly undeclared: number
  /** Refused, in another form. */
  readonly other: number
}

type Test = ReturnType<typeof listedTest>

/**
 * Checks the subjects of foreign tokens. An edge knows no list of subjects: it cannot see that a source never sent a change of
 * a subject. A subject in another spelling has no changes here, so nothing would make its tokens stale. The form that an
 * issuer declares refuses these tokens.
 */
export class SubjectForms {
  readonly #tests = new WeakMap<MappedIssuer, Test>()
  readonly #counts = { declared: 0, undeclared: 0, other: 0 }

  get counts(): ForeignSubjectCounts {
    return { ...this.#counts }
  }

  /** @throws `token.invalid` for a subject in another form than that of its issuer, or if the edge cannot read that form */
  check(sub: string, terms: MappedIssuer): void {
    const { pattern } = terms.subjects
    if (pattern === undefined) {
      this.#counts.undeclared += 1
      return
    }
    if (!this.#testOf(terms, pattern)(sub)) {
      this.#counts.other += 1
      throw invalidToken('a subject in the form that its issuer declares')
    }
    this.#counts.declared += 1
  }

  #testOf(terms: MappedIssuer, pattern: string): Test {
    const known = this.#tests.get(terms)
    if (known !== undefined) return known
    const test = listedTest({ pattern })
    this.#tests.set(terms, test)
    return test
  }
}
