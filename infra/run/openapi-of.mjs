/** The services that publish a document. */
export const SERVICES = ['gateway', 'authority', 'console', 'reconciler', 'sidecar']

/** The document that a service publishes at `/openapi.json`. */
export async function openApiOf(service) {
  const { addOpenApi } = await import(`../../services/${service}/dist/openapi.js`)
  let document
  addOpenApi({ get: (_, handler) => (document = handler({ json: (body) => body })) })
  return document
}
