/** The kinds of errors that RFC 7644 §3.12 names, as far as they occur here. */
export type ScimErrorType =
  | 'invalidFilter'
  | 'invalidPath'
  | 'invalidValue'
  | 'invalidSyntax'
  | 'invalidVers'
  | 'mutability'
  | 'noTarget'
  | 'tooMany'
  | 'uniqueness'

/** A request that the rules of SCIM refuse. The text names no value of the request. */
export class ScimError extends Error {
  override readonly name = 'ScimError'
  readonly status: number
  readonly scimType: ScimErrorType | undefined

  constructor(status: number, scimType: ScimErrorType | undefined, detail: string) {
    super(detail)
    this.status = status
    this.scimType = scimType
  }
}

/** Returns an error with status 400. */
export function badRequest(scimType: ScimErrorType, detail: string): ScimError {
  return new ScimError(400, scimType, detail)
}

/** The body of an error (RFC 7644 §3.12). */
export function errorBody(
  status: number,
  detail: string,
  scimType?: ScimErrorType,
): Readonly<Record<string, unknown>> {
  return {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: String(status),
    ...(scimType !== undefined && { scimType }),
    detail,
  }
}
