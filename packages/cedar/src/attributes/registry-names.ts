/** Names that schema and policies have for the authority's data: all in the empty namespace. */
export const TENANT = 'Tenant'
export const SUBJECT = 'Subject'
export const AUDIENCE = 'Audience'
export const ACTION = 'Action'
/** The member of the context that shows who acts for the subject. */
export const ACTORS = 'actors'
