import type { PolicyAnswer, RouteName } from '@freshet/authority'
import type { RequestFacts } from '@freshet/wire'

/** An actor as policies see it. */
export interface ShownActor {
  readonly iss: string
  readonly sub: string
}

/** A question as it crosses to the thread: those of one message are answered in their order, each by a message. */
export interface ThreadQuestion extends RouteName {
  readonly tenant: string
  /** Canonical key of the subject. */
  readonly subject: string
  /** Those who act for it, as `context.actors` shows them. */
  readonly actors: readonly ShownActor[]
  /** As text, as routes compare them. */
  readonly claims: ReadonlyMap<string, readonly string[]>
  readonly facts: RequestFacts
}

/** The answer of the thread. `failed` names the policies that could not be evaluated, where it was those. */
export type ThreadAnswer =
  | ({ readonly kind: 'answered' } & PolicyAnswer)
  | { readonly kind: 'context' }
  | { readonly kind: 'failed'; readonly policies: readonly string[] }

/** Its first message: the policies are compiled. By route, the claims that they read. */
export interface ThreadReady {
  readonly reads: ReadonlyMap<string, readonly string[]>
}
