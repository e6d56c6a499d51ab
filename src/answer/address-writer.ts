/** Writes address records: of a steered host from the plan, of any other from its own A and AAAA. */
import { A_RECORD_OCTETS, AAAA_RECORD_OCTETS, TTL_AT } from '../tables/plan-layout.ts';
import { isAnswered, type PlanReader } from '../tables/plan-reader.ts';
import type { TableReader } from '../tables/table-reader.ts';
import { RRType } from '../wire/constants.ts';
import type { Response, Section } from './response.ts';
import { FamilyIndex, NO_LOCATION, steeredAnswer } from './steered.ts';

export class AddressWriter {
  readonly #tables: TableReader;
  readonly #plan: PlanReader;
  readonly #out: Response;

  constructor(tables: TableReader, plan: PlanReader, out: Response) {
    this.#tables = tables;
    this.#plan = plan;
    this.#out = out;
  }

  /** Writes one steered address record. @param owner as in `Response.rrset` */
  steered(
    section: Section,
    owner: number,
    name: Uint8Array,
    at: number,
    end: number,
    answer: number,
    family: number,
  ): boolean {
    const out = this.#out;
    const plan = this.#plan;
    const ipv6 = family === FamilyIndex.IPV6;
    const record = plan.recordAt(answer);
    const size = ipv6 ? AAAA_RECORD_OCTETS : A_RECORD_OCTETS;
    out.mark();
    // The plan's record goes on the wire from RDLENGTH on; its head is written with the owner at hand.
    const fits =
      out.recordHead(owner, name, at, end, ipv6 ? RRType.AAAA : RRType.A, plan.ttl(answer)) &&
      out.octets(plan.octets, record + TTL_AT + 4, record + size);
    if (fits) out.counted(section, 1);
    else out.undo();
    return fits;
  }

  /** Writes all addresses of a node. @returns false when some did not fit */
  write(section: Section, node: number, name: Uint8Array, end: number): boolean {
    const tables = this.#tables;
    const assignment = tables.assignment(node);
    if (assignment !== 0) {
      let fits = true;
      for (let family = FamilyIndex.IPV4 as number; family <= FamilyIndex.IPV6; family++) {
        const answer = steeredAnswer(this.#plan, assignment, NO_LOCATION, family, name, 0, end);
        if (isAnswered(answer)) fits = this.steered(section, 0, name, 0, end, answer, family) && fits;
      }
      return fits;
    }
    const ipv4 = this.#own(section, tables.rrset(node, RRType.A), name, end);
    return this.#own(section, tables.rrset(node, RRType.AAAA), name, end) && ipv4;
  }

  #own(section: Section, rrset: number, name: Uint8Array, end: number): boolean {
    if (rrset === 0) return true;
    const tables = this.#tables;
    const type = tables.rrsetType(rrset);
    const bytes = tables.rrBytes(rrset);
    return this.#out.rrset(
      section,
      0,
      name,
      0,
      end,
      type,
      tables.rrsetTtl(rrset),
      bytes,
      tables.rrAt(rrset),
      tables.rrEnd(rrset),
    );
  }
}
