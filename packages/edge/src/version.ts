/** Version of this build, as edges report it. */
export const EDGE_VERSION = '0.1.0'
