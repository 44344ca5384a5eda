/** Adds `/openapi.json` to the application of a service. */
export type AddOpenApi = (app: never) => void

type Handler = (context: { readonly json: (body: unknown) => unknown }) => unknown

/** Returns the document that a service adds to an application. */
export function documentOf(add: AddOpenApi): unknown {
  let document: unknown
  const get = (_path: string, handler: Handler): void => {
    document = handler({ json: (body) => body })
  }
  add({ get } as never)
  return document
}
