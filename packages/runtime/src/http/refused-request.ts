import type { ErrorCode } from '@freshet/protocol'
import type { Context } from 'hono'
import type { Logger } from '../logger.ts'

/** The reason of a refusal, as its answer has it. */
export interface NotedRefusal {
  readonly code: ErrorCode
  readonly detail: string
}

/** A request, or a part of one, that was refused. `route` is the pattern, so it has few values. */
export interface RefusedRequest extends NotedRefusal {
  readonly route: string
  readonly method: string
}

/** Called once for each refusal. */
export type OnRefusal = (refused: RefusedRequest) => void

const NOTED = 'refusals'

/** Remembers refusals of a request. The application reports each of them once, when it has answered. */
export function noteRefusal(c: Context, ...refusals: readonly NotedRefusal[]): void {
  c.set(NOTED, [...notedRefusals(c), ...refusals])
}

/** The refusals of a request that were noted, in their order. */
export function notedRefusals(c: Context): readonly NotedRefusal[] {
  return (c.get(NOTED) as readonly NotedRefusal[] | undefined) ?? []
}

/** Logs each refusal once, at debug, and counts it by its code. */
export function refusalsTo(
  logger: Pick<Logger, 'debug'>,
  count: (code: ErrorCode, route: string) => void,
): OnRefusal {
  return ({ code, detail, route, method }) => {
    logger.debug({ code, detail, route, method }, 'request refused')
    count(code, route)
  }
}
