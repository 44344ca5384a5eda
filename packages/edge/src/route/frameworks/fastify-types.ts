// Without this import, the compiler does not find the module that is augmented.
// oxlint-disable-next-line import/no-empty-named-blocks
import type {} from 'fastify'
import type { Decision } from '../decision.ts'

/** The import of this entry gives `request.freshet` its type. It needs Fastify, so the main entry cannot have it. */
declare module 'fastify' {
  interface FastifyRequest {
    /** The decision of `edge.fastify`. Absent where no such hook ran. */
    freshet?: Decision
  }
}
