import openapiTS, { astToString } from 'openapi-typescript'

/** Returns the types of a client of an OpenAPI document, as text. */
export async function clientTypes(document: object): Promise<string> {
  return astToString(await openapiTS(JSON.stringify(document), { alphabetize: false }))
}
