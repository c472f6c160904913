// What a visitor is told of addresses and numbers that can't be taken, where the way back leads, and how long an answer's mark stays.
import assert from "node:assert/strict";

export const visits = ({ page, open, text }) => {
  const field = "#parameters input[type=number]";
  const typed = "mean((y - x*theta[0])^2) + theta[1]^2";

  return {
    async "what of an address can't be taken is said, and what is seen instead"() {
      for (const [fragment, said, points] of [
        ["model=nope", /no model “nope”: this is Logistic/, 40],
        ["points=1", /“1” is no pair of numbers/, 40],
        ["model=squares&points=1,2;3;4,x;5,6", /2 of 4 points are left out/, 2],
        ["n=5000", /“5000” is not from 1 to 1000/, 1000],
        ["theta=1,1e400", /“1e400”, which is no finite number/, 40],
        ["theta=1,2,3", /theta has 3 numbers, and this loss takes 2/, 40],
        ["loss=sum(y)", /“loss” is none of model, text/, 40],
        [`text=${encodeURIComponent("sum(")}&zoom=0`, /zoom=“0” is not from/, 40],
      ]) {
        await open(fragment);
        await page.waitForTimeout(200);
        assert.match(await text("#refused"), said, fragment);
        assert(await page.isVisible("#refused"));
        assert.equal(await text("#count-value"), String(points));
      }
      // It is of no interest any more when something else is seen.
      await page.click("[data-model=poisson]");
      assert.equal(await text("#refused"), "");
      for (const fragment of ["", "model=huber&theta=1,2", "n=500"]) {
        await open(fragment);
        assert.equal(await text("#refused"), "", fragment);
      }
      // The slider of points keeps what an address has given it.
      assert.equal(await page.getAttribute("#count", "max"), "500");
      await page.$eval("#count", (slider) => { slider.value = 300; slider.dispatchEvent(new Event("input", { bubbles: true })); });
      assert.deepEqual([await text("#count-value"), await page.getAttribute("#count", "max")], ["300", "500"]);
    },

    async "what is written for a parameter and is no finite number is said"() {
      await open("model=logistic&theta=0.25,1");
      for (const written of ["1e400", "-", "e5"]) {
        await page.click(field, { clickCount: 3 });
        await page.keyboard.insertText(written);
        await page.keyboard.press("Enter");
        assert.match(await text("#notice"), /theta\[0\] is no finite number: it stays 0\.25/, written);
        assert.equal(await page.inputValue(field), "0.25");
        await page.fill(field, "0.5");
        assert.equal(await text("#notice"), "");
        await page.fill(field, "0.25");
      }
    },

    async "the way back leads from a loss that was typed to the one before, whatever was dragged"() {
      await open("model=squares");
      const loss = await page.inputValue("#loss-text");
      const entries = () => page.evaluate(() => history.length);
      const drag = async () => {
        const box = await page.locator("#data-plot circle[data-row='5']").boundingBox();
        await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
        await page.mouse.down();
        await page.mouse.move(box.x + 40, box.y + 30, { steps: 5 });
        await page.mouse.up();
        await page.waitForTimeout(200);
      };
      const before = await entries();
      for (let times = 0; times < 3; times += 1) await drag();
      assert.equal(await entries(), before);
      const dragged = page.url();
      await page.focus("#loss-text");
      await page.keyboard.press("Control+a");
      await page.keyboard.type(typed);
      await page.waitForTimeout(200);
      await drag();
      assert.equal(await entries(), before + 1);
      await page.click("[data-model=huber]");
      await page.waitForTimeout(200);
      await drag();
      await page.goBack();
      await page.waitForFunction((typed) => document.getElementById("loss-text").value === typed, typed);
      await page.goBack();
      await page.waitForFunction((loss) => document.getElementById("loss-text").value === loss, loss);
      assert.equal(page.url(), dragged);
      assert.notEqual(dragged.indexOf("points="), -1);
    },

    async "a loss that is typed after the field was left, or after the way back, is one more"() {
      const loss = page.locator("#loss-text");
      const shows = (written) => page.waitForFunction((written) => document.getElementById("loss-text").value === written, written);
      const type = async (written) => {
        await loss.focus();
        await page.keyboard.press("Control+a");
        await page.keyboard.type(written);
        await page.waitForTimeout(200);
      };
      const [first, second] = ["sum((y - theta[0])^2)", "sum(abs(y - theta[0]))"];
      await open("model=squares");
      const before = await loss.inputValue();
      await type(first);
      await loss.blur();
      await type(second);
      await page.goBack();
      await shows(first);
      await page.goBack();
      await shows(before);
      await type(second);
      await page.goBack();
      await shows(before);
    },

    async "an address that was just given is arrived at, whatever is clicked before"() {
      await open("model=squares");
      await page.evaluate(() => {
        location.hash = "model=poisson";
        document.querySelector("[data-model=huber]").click();
      });
      await page.waitForTimeout(300);
      assert.match(page.url(), /#model=poisson$/);
      assert.equal(await page.getAttribute("[data-model=poisson]", "aria-pressed"), "true");
    },

    async "the way to the loss by keyboard leaves the address as it is"() {
      await open("model=poisson&theta=0.5,1");
      await page.focus(".skip");
      await page.keyboard.press("Enter");
      assert.equal(await page.evaluate(() => document.activeElement.id), "loss-text");
      await page.waitForTimeout(200);
      assert.match(page.url(), /#model=poisson&theta=0.5,1$/);
      assert.equal(await text("#refused"), "");
    },

    async "the mark of an answer stays as long as what it is about"() {
      const mark = (id) => text(`[data-exercise=${id}] .outcome`);
      const press = (id, button) => page.click(`[data-exercise=${id}] button:${button}-of-type`);
      const solve = async () => {
        await press("steps", "first");
        await page.fill("[data-exercise=steps] input", "1");
        await press("steps", "last");
        assert.match(await mark("steps"), /✓/);
      };
      await open("model=logistic");
      await solve();
      await page.fill(field, "0.75");
      assert.match(await mark("steps"), /✓/);
      await page.fill("#loss-text", typed);
      assert.equal(await mark("steps"), "");
      await solve();
      await page.fill("#loss-text", "sum(");
      assert.equal(await mark("steps"), "");
      await open("model=logistic");
      await solve();
      await page.click("[data-model=huber]");
      assert.equal(await mark("steps"), "");
      // Found by dragging, it is lost by dragging.
      await open("model=logistic");
      await page.click("[data-way=newton]");
      await page.click("#go");
      await press("minimum", "last");
      assert.match(await mark("minimum"), /✓/);
      await page.click("#zoom-in");
      assert.match(await mark("minimum"), /✓/);
      await page.fill(field, "3");
      assert.equal(await mark("minimum"), "");
      // Another answer isn't yet judged.
      await solve();
      await page.fill("[data-exercise=steps] input", "2");
      assert.equal(await mark("steps"), "");
    },
  };
};
