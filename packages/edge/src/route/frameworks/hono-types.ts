// Without this import, the compiler does not find the module that is augmented.
// oxlint-disable-next-line import/no-empty-named-blocks
import type {} from 'hono'
import type { Decision } from '../decision.ts'

/** The import of this entry gives `c.get('freshet')` its type. It needs Hono, so the main entry cannot have it. */
declare module 'hono' {
  interface ContextVariableMap {
    /** The decision of `edge.hono`, in routes behind it. */
    freshet: Decision
  }
}
