% The prices of all products whose addresses are in urls.csv. tools/shop.py is a shop to try it on:
%
%     tools/shop.py --urls dags/prolog/urls.csv
%
% From UnifyWeaver's docs/proposals/parallel_architecture.md, © s243a, MIT OR Apache-2.0, up to the line below.

:- dynamic_source(product_url/1, external(csv, 'urls.csv'), [
    batch_size(100),           % Process 100 URLs per batch
    backend(gnu_parallel),
    workers(20)                % 20 concurrent HTTP requests
]).

:- parallel(scrape_prices/0, [
    aggregation(concat)
]).

scrape_prices :-
    product_url(URL),
    http_get(URL, HTML),
    extract_price(HTML, Price),
    format('~w: $~w~n', [URL, Price]),
    fail.
scrape_prices.

% ------------------------------------------------------------------------------------------------
% What the proposal leaves to its readers: how to get a page, and where the price is in it.

:- use_module(library(http/http_open)).

http_get(URL, HTML) :-
    setup_call_cleanup(
        http_open(URL, Page, [status_code(Status)]),
        read_string(Page, _, HTML),
        close(Page)),
    Status == 200.

extract_price(HTML, Price) :-
    atomic_list_concat([_, Rest|_], '<p class="price">', HTML),
    atomic_list_concat([Shown|_], '</p>', Rest),
    atomic_list_concat([_Currency, Price], ' ', Shown).
