// The ground itself has changed: borders, codes, figures of every layer. The page is read anew.
/** @param {number | null} plan @param {number} [community] */
function readAnew(plan, community) {
  const address = new URL(location.href);
  if (plan) address.searchParams.set('draft', String(plan));
  else address.searchParams.delete('draft');
  if (community) address.searchParams.set('community', String(community));
  else address.searchParams.delete('community');
  location.assign(address);
}

export { readAnew };
