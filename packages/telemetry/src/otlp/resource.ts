import type { Resource } from '@opentelemetry/resources'

/** The names of a process. */
export interface Named {
  readonly service: string
  readonly instance: string
  readonly version: string
}

/**
 * Returns the resource of a process. `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES` add attributes, and
 * replace ours of the same name.
 */
export async function resourceOf({ service, instance, version }: Named): Promise<Resource> {
  const { detectResources, envDetector, resourceFromAttributes } =
    await import('@opentelemetry/resources')
  const own = resourceFromAttributes({
    'service.name': `freshet-${service}`,
    'service.namespace': 'freshet',
    'service.version': version,
    'freshet.role': service,
    'service.instance.id': instance,
  })
  return own.merge(detectResources({ detectors: [envDetector] }))
}
