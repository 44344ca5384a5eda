import type { Audience, Route } from '@freshet/protocol'
import type { LintedParts } from '../readable-registry.ts'

/** @internal A route where it stands. */
export interface PlacedRoute {
  readonly registry: LintedParts
  readonly audience: Audience
  readonly route: Route
  readonly name: string
  readonly place: string
}
