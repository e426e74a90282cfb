"""What the bot remembers, where several processes remember in the same file."""

import asyncio
from pathlib import Path

from bot.state import State, open_state


async def test_two_processes_write_while_both_read(tmp_path: Path) -> None:
    async def remember(state: State, user: int) -> None:
        for number in range(100):
            kept = await state.keep_answer(f"{user}:{number}", None)
            await state.vote(kept, user, 0, liked=True)
            await state.catch_up()
            assert await state.answer(kept) == f"{user}:{number}"
            if number % 10 == user:
                assert len(await state.votes()) > number  # a long one, while others write

    async with open_state(tmp_path) as one, open_state(tmp_path) as other:
        users = range(8)
        await asyncio.gather(*(remember((one, other)[user % 2], user) for user in users))
        for state in (one, other):
            assert len(await state.votes()) == 100 * len(users)


async def test_what_is_chosen_in_one_process_is_known_in_the_other(tmp_path: Path) -> None:
    async with open_state(tmp_path) as one, open_state(tmp_path) as other:
        await other.catch_up()
        await one.choose_language(5, "en")
        await one.set_silent(-7, silent=True)
        await other.catch_up()
        assert (other.languages, other.silent) == ({5: "en"}, {-7})
        await other.choose_language(5, "ar")
        await other.set_silent(-7, silent=False)
        await one.catch_up()
        assert (one.languages, one.silent) == ({5: "ar"}, set())
        await other.forget(5)
        await one.catch_up()
        assert one.languages == {}
