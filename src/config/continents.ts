/** Continents and their countries, as OctoDNS divides the world in its geo codes (Timor-Leste, which it keeps apart, is in Asia here). */

const members = {
  AF: `AO BF BI BJ BW CD CF CG CI CM CV DJ DZ EG EH ER ET GA GH GM GN GQ GW KE KM LR LS LY MA MG ML MR MU MW MZ NA NE NG RE RW SC SD SH SL SN SO
       SS ST SZ TD TG TN TZ UG YT ZA ZM ZW`,
  AN: 'AQ BV HM TF',
  AS: `AE AF AM AZ BD BH BN BT CC CN CX CY GE HK ID IL IN IO IQ IR JO JP KG KH KP KR KW KZ LA LB LK MM MN MO MV MY NP OM PH PK PS QA SA SG SY TH
       TJ TL TM TR TW UZ VN YE`,
  EU: `AD AL AT AX BA BE BG BY CH CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS RU SE SI
       SJ SK SM UA VA`,
  NA: `AG AI AW BB BL BM BQ BS BZ CA CR CU CW DM DO GD GL GP GT HN HT JM KN KY LC MF MQ MS MX NI PA PM PR SV SX TC TT US VC VG VI`,
  OC: 'AS AU CK FJ FM GU KI MH MP NC NF NR NU NZ PF PG PN PW SB TK TO TV UM VU WF WS',
  SA: 'AR BO BR CL CO EC FK GF GS GY PE PY SR UY VE',
} as const;

export type Continent = keyof typeof members;

export const continents = Object.keys(members) as readonly Continent[];

const byCountry: ReadonlyMap<string, Continent> = new Map(
  continents.flatMap((continent) =>
    members[continent].split(/\s+/).map((country): [string, Continent] => [country, continent]),
  ),
);

/**
 * The continent a country belongs to.
 * @param country ISO 3166-1 alpha-2; XK, which databases use for Kosovo, is known too
 * @returns undefined for codes that are no country's
 */
export function continentOf(country: string): Continent | undefined {
  return country === 'XK' ? 'EU' : byCountry.get(country);
}
