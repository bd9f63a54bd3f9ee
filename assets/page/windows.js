/**
 * Gives the focus back to `opener` once `inside`, which stands in a window of the page, is no longer to be seen. Mantine's
 * windows remember what had the focus in an effect, which now and then runs after the window took it, and then give it back
 * to nobody.
 * @param {HTMLElement} inside @param {HTMLElement} opener
 */
export function giveBack(inside, opener) {
  let seen = false;
  const look = () => {
    const shown = inside.checkVisibility();
    if (seen && !shown) {
      opener.focus({ preventScroll: true });
      return;
    }
    seen = shown;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
