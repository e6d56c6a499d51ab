/** The zone every server is asked for. */
export const ZONE = 'example.com';
