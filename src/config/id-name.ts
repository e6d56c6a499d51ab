import * as z from 'zod';

/** What sites, groups, services, policies and links may be called: no slash, dot or space, since `states:` and zone text put names in a row. */
const ID = /^[A-Za-z0-9][A-Za-z0-9_-]*$/;

export const idName = z.string().regex(ID);
