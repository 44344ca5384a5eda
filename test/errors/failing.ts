import { FreshetError, type ErrorCode } from '@freshet/protocol'

/** Makes a dependency fail while a test wants it. */
export interface Faults {
  /** Every use fails by this code until {@link Faults.end}. */
  begin(code: ErrorCode): void
  end(): void
  /** Fails while a fault is under way. */
  check(): void
  /** The same object, whose members fail while a fault is under way. */
  before<T extends object>(dependency: T): T
  /** A method of the object fails while a fault is under way. */
  interrupt<T extends object>(dependency: T, name: keyof T): void
}

/** A dependency that works until a test makes it fail. */
export function faults(): Faults {
  let code: ErrorCode | undefined
  const check = (): void => {
    if (code !== undefined) throw new FreshetError(code, 'A planned fault.')
  }
  return {
    begin: (next) => void (code = next),
    end: () => void (code = undefined),
    check,
    before<T extends object>(dependency: T): T {
      return new Proxy(dependency, {
        get(target, name) {
          check()
          const member: unknown = Reflect.get(target, name, target)
          return typeof member === 'function' ? (member as () => unknown).bind(target) : member
        },
      })
    },
    interrupt(dependency, name) {
      const method = dependency[name] as (...args: unknown[]) => Promise<unknown>
      const interrupted = async (...args: unknown[]): Promise<unknown> => {
        check()
        return method.apply(dependency, args)
      }
      Object.assign(dependency, { [name]: interrupted })
    },
  }
}

/** The request, while the dependency fails by each of these codes. */
export function whileFailing<Code extends ErrorCode>(
  dependency: Faults,
  codes: readonly Code[],
  ask: () => Promise<Response>,
): Readonly<Record<Code, () => Promise<Response>>> {
  const entries = codes.map((code) => {
    const provoke = async (): Promise<Response> => {
      dependency.begin(code)
      try {
        return await ask()
      } finally {
        dependency.end()
      }
    }
    return [code, provoke] as const
  })
  return Object.fromEntries(entries) as Readonly<Record<Code, () => Promise<Response>>>
}

/** The failures of a database during a request. */
export const CODES_OF_DATABASE = [
  'database.unavailable',
  'database.tls',
  'database.timeout',
  'database.statement-timeout',
  'database.read-only',
  'database.exhausted',
  'database.serialization',
  'database.pooled',
  'database.privilege',
  'database.migration',
] as const

/** The failures of a broker during a request. */
export const CODES_OF_BROKER = [
  'broker.unavailable',
  'broker.tls',
  'broker.unauthenticated',
  'broker.denied',
] as const
