"""The local AWS is as strict as the service models, and has what moto lacks; over real boto3."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from botocore.session import get_session

from localcloud.aws.cloud import Cloud
from localcloud.aws.constraints import breaches
from localcloud.aws.server import serve
from localcloud.aws.wire import from_json

ACCOUNT = "123456789012"
SCOPE = "AWS4-HMAC-SHA256 Credential=test/20261001/us-east-1/{}/aws4_request, SignedHeaders=host"
BUDGET = {
    "BudgetName": "platform",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "1000", "Unit": "USD"},
}
AT_80 = {"NotificationType": "ACTUAL", "ComparisonOperator": "GREATER_THAN", "Threshold": 80.0}
ALICE = {"SubscriptionType": "EMAIL", "Address": "alice@example.com"}
BOB = {"SubscriptionType": "EMAIL", "Address": "bob@example.com"}


@pytest.fixture(scope="module")
def cloud():
    with serve() as running:
        yield running


@pytest.fixture
def aws(cloud):
    """A boto3 client that sends whatever it is given."""
    cloud.faults.clear()
    reset = Request(f"{cloud.endpoint}/moto-api/reset", b"", method="POST")
    urlopen(reset).close()

    def client(service, **config):
        return boto3.client(
            service,
            endpoint_url=cloud.endpoint,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(parameter_validation=False, **config),
        )

    return client


@pytest.fixture
def budgets(aws):
    client = aws("budgets")
    with_alert = [{"Notification": AT_80, "Subscribers": [ALICE, BOB]}]
    client.create_budget(AccountId=ACCOUNT, Budget=BUDGET, NotificationsWithSubscribers=with_alert)
    return client


def call(cloud, service, target, body):
    """A json-protocol call as it goes over the wire: status, answer."""
    request = Request(
        cloud.endpoint,
        body if isinstance(body, bytes) else json.dumps(body).encode(),
        {
            "X-Amz-Target": target,
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": SCOPE.format(service),
        },
    )
    try:
        with urlopen(request) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())


def refused(function, **parameters):
    with pytest.raises(ClientError) as raised:
        function(**parameters)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"Surprise": 1}, "Surprise: no such member"),
        ({"Budget": BUDGET | {"BudgetColour": "red"}}, "Budget.BudgetColour: no such member"),
        ({"Budget": {**BUDGET, "BudgetType": None}}, "Budget.BudgetType: is required"),
        ({"AccountId": None}, "AccountId: is required"),
        ({"AccountId": 123456789012}, "AccountId: int is not a string"),
        ({"AccountId": "12"}, "AccountId: 2 characters is less than 12"),
        ({"AccountId": "12345678901x"}, "AccountId: '12345678901x' does not match"),
        ({"Budget": BUDGET | {"TimeUnit": "WEEKLY"}}, "Budget.TimeUnit: 'WEEKLY' is not one of"),
        ({"Budget": BUDGET | {"BudgetName": "n" * 101}}, "101 characters is more than 100"),
        ({"Budget": BUDGET | {"BudgetName": "a:b"}}, "Budget.BudgetName: 'a:b' does not match"),
        ({"Budget": BUDGET | {"TimePeriod": {"Start": "2026"}}}, "'2026' is not a timestamp"),
        ({"Budget": BUDGET | {"CostTypes": {"IncludeTax": "yes"}}}, "str is not a boolean"),
        ({"Budget": [BUDGET]}, "Budget: list is not a structure"),
        (
            {"NotificationsWithSubscribers": [{"Notification": AT_80, "Subscribers": []}]},
            "NotificationsWithSubscribers[0].Subscribers: 0 items is less than 1",
        ),
    ],
)
def test_json_requests_are_held_against_the_model(cloud, aws, change, where):
    body = {"AccountId": ACCOUNT, "Budget": BUDGET} | change
    status, answer = call(cloud, "budgets", "AWSBudgetServiceGateway.CreateBudget", body)
    assert (status, answer["__type"]) == (400, "InvalidParameterException")
    assert where in answer["message"]
    described = aws("budgets").describe_budgets(AccountId=ACCOUNT)
    assert described["Budgets"] == []


def test_a_body_that_is_not_json_and_an_operation_that_is_not_there(cloud, aws):
    status, answer = call(cloud, "budgets", "AWSBudgetServiceGateway.CreateBudget", b"{")
    assert (status, answer["__type"]) == (400, "SerializationException")
    for target in ("AWSBudgetServiceGateway.CreateBudgets", "AWSInsightsIndexService.CreateBudget"):
        status, answer = call(cloud, "budgets", target, {})
        assert (status, answer["__type"]) == (400, "UnknownOperationException")


def test_every_service_refuses_in_its_own_words(aws):
    assert refused(aws("ce").get_cost_forecast, Metric="UNBLENDED_COST") == (
        "ValidationException",
        "TimePeriod: is required; Granularity: is required",
    )
    assert refused(aws("events").put_events, Entries=[])[0] == "ValidationException"
    assert refused(aws("sqs").create_queue)[0] == "MissingParameter"
    assert refused(aws("sns").create_topic)[0] == "InvalidParameter"
    assert refused(aws("cloudwatch").put_metric_data, Namespace=":x")[0] == "InvalidParameterValue"
    assert refused(aws("cloudwatch").put_metric_data)[0] == "MissingParameter"
    assert refused(aws("ec2").stop_instances)[0] == "MissingParameter"
    assert refused(aws("ec2").run_instances, MinCount="one", MaxCount=1) == (
        "InvalidParameterValue",
        "MinCount: 'one' is not a integer",
    )
    assert refused(aws("sts").assume_role, RoleArn="arn:aws:iam::123456789012:role/r") == (
        "ValidationError",
        "RoleSessionName: is required",
    )


@pytest.mark.parametrize(
    ("service", "form", "code"),
    [
        ("sns", "Action=CreateTopic&Version=2010-03-31&Name=t&Colour=red", "InvalidParameter"),
        ("sns", "Action=CreateTopics&Version=2010-03-31", "InvalidAction"),
        ("sts", "Action=GetCallerIdentity&Version=2011-06-15&Who=me", "ValidationError"),
        ("ec2", "Action=StopInstances&InstanceId.1=i-1&Quietly=true", "UnknownParameter"),
        ("ec2", "Action=StopInstances&InstanceId.1=i-1&Force=maybe", "InvalidParameterValue"),
    ],
)
def test_form_requests_are_held_against_the_model(cloud, aws, service, form, code):
    headers = {"Authorization": SCOPE.format(service)}
    with pytest.raises(HTTPError) as raised:
        urlopen(Request(cloud.endpoint, form.encode(), headers))
    assert raised.value.code == 400
    assert f"<Code>{code}</Code>" in raised.value.read().decode()


def test_valid_requests_of_every_service_pass_through(aws):
    topic = aws("sns").create_topic(Name="t", Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    aws("sns").set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="x")
    attributes = {"a": {"DataType": "String", "StringValue": "b"}}
    aws("sns").publish(TopicArn=topic, Message="m", MessageAttributes=attributes)
    queue = aws("sqs").create_queue(QueueName="q", Attributes={"DelaySeconds": "0"})["QueueUrl"]
    aws("sqs").send_message(QueueUrl=queue, MessageBody="m", MessageAttributes=attributes)
    assert aws("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "m"
    at = datetime(2026, 10, 1, tzinfo=UTC)
    entry = {"Source": "s", "DetailType": "d", "Detail": "{}", "Time": at}
    assert aws("events").put_events(Entries=[entry])["FailedEntryCount"] == 0
    metric = {
        "MetricName": "CPUUtilization",
        "Timestamp": at,
        "Value": 1.5,
        "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}],
    }
    aws("cloudwatch").put_metric_data(Namespace="Local", MetricData=[metric] * 300)
    ec2 = aws("ec2")
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "owner", "Value": "a b"}]}]
    started = ec2.run_instances(
        ImageId="ami-12c6146b", MinCount=1, MaxCount=1, TagSpecifications=tags
    )["Instances"][0]["InstanceId"]
    wanted = [{"Name": "tag:owner", "Values": ["a b"]}]
    found = ec2.describe_instances(Filters=wanted)["Reservations"][0]["Instances"]
    assert [one["InstanceId"] for one in found] == [started]
    ec2.stop_instances(InstanceIds=[started])
    assert aws("sts").get_caller_identity()["Account"] == ACCOUNT


def test_s3_requests_are_held_against_the_model(cloud, aws):
    s3 = aws("s3")
    s3.create_bucket(Bucket="bills")
    s3.put_object(Bucket="bills", Key="k", Body=b"1", Metadata={"under_score": "kept"})
    assert s3.head_object(Bucket="bills", Key="k")["Metadata"] == {"under_score": "kept"}
    s3.put_bucket_tagging(Bucket="bills", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    assert s3.get_bucket_tagging(Bucket="bills")["TagSet"] == [{"Key": "a", "Value": "b"}]
    gone = s3.delete_objects(Bucket="bills", Delete={"Objects": [{"Key": "k"}, {"Key": "l"}]})
    assert {one["Key"] for one in gone["Deleted"]} == {"k", "l"}
    tagging = {"TagSet": [{"Value": "b"}]}
    assert refused(s3.put_bucket_tagging, Bucket="bills", Tagging=tagging)[0] == "InvalidRequest"
    assert refused(s3.list_objects_v2, Bucket="bills", MaxKeys="many")[0] == "InvalidArgument"
    assert refused(s3.put_object, Bucket="bills", Key="k", ACL="loud")[0] == "InvalidArgument"


@pytest.mark.parametrize(
    ("method", "path", "body", "header", "code"),
    [
        ("GET", "/bills?list-type=2&colour=red", None, None, "InvalidArgument"),
        ("GET", "/bills?list-type=2", None, "x-amz-colour", "InvalidArgument"),
        (
            "PUT",
            "/bills?tagging",
            b"<Tagging><TagSet><Tint/></TagSet></Tagging>",
            None,
            "MalformedXML",
        ),
        ("PUT", "/bills?tagging", b"<Tagging><TagSet>", None, "MalformedXML"),
        ("PATCH", "/bills", None, None, "MethodNotAllowed"),
    ],
)
def test_raw_s3_requests_are_held_against_the_model(cloud, aws, method, path, body, header, code):
    aws("s3").create_bucket(Bucket="bills")
    headers = {"Authorization": SCOPE.format("s3")} | ({header: "red"} if header else {})
    with pytest.raises(HTTPError) as raised:
        urlopen(Request(cloud.endpoint + path, body, headers, method=method))
    assert f"<Code>{code}</Code>" in raised.value.read().decode()


def test_presigned_urls_and_multipart_uploads_pass(aws):
    s3 = aws("s3")
    s3.create_bucket(Bucket="bills")
    upload = s3.create_multipart_upload(Bucket="bills", Key="big")["UploadId"]
    where = {"Bucket": "bills", "Key": "big", "UploadId": upload}
    etag = s3.upload_part(**where, PartNumber=1, Body=b"part")["ETag"]
    parts = {"Parts": [{"ETag": etag, "PartNumber": 1}]}
    s3.complete_multipart_upload(**where, MultipartUpload=parts)
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "bills", "Key": "big"})
    with urlopen(url) as response:
        assert response.read() == b"part"


def test_planted_times_are_what_s3_tells(cloud, aws):
    at = datetime(2026, 10, 2, 5, 4, 3, tzinfo=UTC)
    cloud.put_object("planted", "a/b.csv", b"old", at - timedelta(days=1))
    east = at.astimezone(datetime.strptime("+0530", "%z").tzinfo)
    cloud.put_object("planted", "a/b.csv", b"new", east)
    s3 = aws("s3")
    (listed,) = s3.list_objects_v2(Bucket="planted")["Contents"]
    assert listed["LastModified"] == at
    assert s3.head_object(Bucket="planted", Key="a/b.csv")["LastModified"] == at
    assert s3.get_object(Bucket="planted", Key="a/b.csv")["Body"].read() == b"new"
    with pytest.raises(ValueError, match="offset from UTC"):
        cloud.put_object("planted", "c", b"", at.replace(tzinfo=None))
    with pytest.raises(ValueError, match="InvalidBucketName"):
        cloud.put_object("x", "c", b"", at)


def test_faults_strike_what_they_match_and_no_more(cloud, aws):
    s3, once = aws("s3"), {"retries": {"total_max_attempts": 1}}
    s3.create_bucket(Bucket="bills")
    cloud.faults.throttle(times=1, service="s3", operation="ListObjectsV2", path="/bills")
    s3.list_buckets()
    assert refused(aws("s3", **once).list_objects_v2, Bucket="bills")[0] == "SlowDown"
    cloud.faults.throttle(service="budgets")
    describe = aws("budgets", **once).describe_budgets
    assert refused(describe, AccountId=ACCOUNT)[0] == "ThrottlingException"
    cloud.faults.throttle(service="sns")
    assert refused(aws("sns", **once).list_topics)[0] == "Throttling"
    cloud.faults.fail(status=503, service="ce")
    ask = aws("ce", **once).list_cost_category_definitions
    assert refused(ask)[0] == "ServiceUnavailable"
    cloud.faults.deny(service="ec2")
    assert refused(aws("ec2", **once).describe_instances)[0] == "UnauthorizedOperation"
    cloud.faults.cut(service="events")
    with pytest.raises(ConnectionClosedError):
        aws("events", **once).list_rules()
    cloud.faults.cut(service="s3", times=3)
    assert [fault["times"] for fault in cloud.faults.waiting()] == [3]
    cloud.faults.clear()
    assert cloud.faults.waiting() == []
    with pytest.raises(ValueError, match="unexpected keyword argument 'servce'"):
        cloud.faults.throttle(servce="s3")


def test_services_that_nobody_named_are_judged_by_their_model_too(cloud, aws):
    code, message = refused(aws("budgets").describe_budget_actions_for_account, AccountId=ACCOUNT)
    assert code == "NotImplemented"
    assert "Neither moto nor localcloud/aws has budgets DescribeBudgetActions" in message
    code, message = refused(aws("bcm-data-exports").list_exports)
    assert code == "NotImplemented"
    assert "moto has no bcm-data-exports" in message
    table = {
        "TableName": "t",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    }
    aws("dynamodb").create_table(**table)
    item = {"k": {"S": "a"}, "v": {"M": {"x": {"L": [{"N": "1"}]}}}}
    aws("dynamodb").put_item(TableName="t", Item=item)
    no_such_type = {"TableName": "t", "Item": {"k": {"Z": "a"}}}
    status, answer = call(cloud, "dynamodb", "DynamoDB_20120810.PutItem", no_such_type)
    assert (status, answer["__type"]) == (400, "ValidationException")
    assert answer["message"].startswith("Item.k.Z: no such member")


def shaped(service, operation, answer):
    """What an answer of ours breaks of the modelled output."""
    shape = get_session().get_service_model(service).operation_model(operation).output_shape
    problems = []
    read = from_json(answer, shape, problems)
    return problems + list(breaches(read, shape))


def test_update_budget_replaces_the_definition_and_keeps_the_rest(cloud, budgets):
    limit = {"Amount": "1250.50", "Unit": "USD"}
    start = datetime(2026, 11, 1, tzinfo=UTC)
    new = BUDGET | {"BudgetLimit": limit, "TimePeriod": {"Start": start}}
    answer = budgets.update_budget(AccountId=ACCOUNT, NewBudget=new)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    held = budgets.describe_budget(AccountId=ACCOUNT, BudgetName="platform")["Budget"]
    assert held["BudgetLimit"] == limit
    assert held["TimePeriod"]["Start"] == start
    about = {"AccountId": ACCOUNT, "BudgetName": "platform"}
    assert budgets.describe_notifications_for_budget(**about)["Notifications"] == [AT_80]
    assert refused(
        budgets.update_budget, AccountId=ACCOUNT, NewBudget=new | {"BudgetName": "none"}
    ) == ("NotFoundException", "Unable to get budget: none - the budget doesn't exist.")
    changed = new | {"BudgetType": "USAGE"}
    assert (
        refused(budgets.update_budget, AccountId=ACCOUNT, NewBudget=changed)[0]
        == "InvalidParameterException"
    )
    body = {"AccountId": ACCOUNT, "NewBudget": BUDGET}
    _, raw = call(cloud, "budgets", "AWSBudgetServiceGateway.UpdateBudget", body)
    assert shaped("budgets", "UpdateBudget", raw) == []


def test_subscribers_of_a_notification(cloud, budgets):
    about = {"AccountId": ACCOUNT, "BudgetName": "platform", "Notification": AT_80}
    paginator = budgets.get_paginator("describe_subscribers_for_notification")
    pages = list(paginator.paginate(**about, PaginationConfig={"PageSize": 1}))
    assert [page["Subscribers"] for page in pages] == [[ALICE], [BOB]]
    target = "AWSBudgetServiceGateway.DescribeSubscribersForNotification"
    _, raw = call(cloud, "budgets", target, about)
    assert raw == {"Subscribers": [ALICE, BOB]}
    assert shaped("budgets", "DescribeSubscribersForNotification", raw) == []
    carol = ALICE | {"Address": "carol@example.com"}
    budgets.create_subscriber(**about, Subscriber=carol)
    assert refused(budgets.create_subscriber, **about, Subscriber=carol)[0] == (
        "DuplicateRecordException"
    )
    budgets.delete_subscriber(**about, Subscriber=ALICE)
    told = budgets.describe_subscribers_for_notification(**about)["Subscribers"]
    assert told == [BOB, carol]
    at_90 = AT_80 | {"Threshold": 90.0}
    moved = {"OldNotification": AT_80, "NewNotification": at_90}
    budgets.update_notification(AccountId=ACCOUNT, BudgetName="platform", **moved)
    assert refused(budgets.describe_subscribers_for_notification, **about)[0] == "NotFoundException"
    moved_to = about | {"Notification": at_90}
    told = budgets.describe_subscribers_for_notification(**moved_to)["Subscribers"]
    assert told == [BOB, carol]


def test_tags_limits_and_exclusions_of_budgets(cloud, aws, budgets):
    arn = f"arn:aws:budgets::{ACCOUNT}:budget/platform"
    tags = [{"Key": "team", "Value": "shop"}, {"Key": "stage", "Value": "prod"}]
    budgets.tag_resource(ResourceARN=arn, ResourceTags=tags)
    budgets.update_budget(AccountId=ACCOUNT, NewBudget=BUDGET)
    budgets.untag_resource(ResourceARN=arn, ResourceTagKeys=["stage"])
    target = "AWSBudgetServiceGateway.{}".format
    _, raw = call(cloud, "budgets", target("ListTagsForResource"), {"ResourceARN": arn})
    assert raw == {"ResourceTags": tags[:1]}
    assert shaped("budgets", "ListTagsForResource", raw) == []
    gone = {"ResourceARN": arn + "s"}
    assert refused(budgets.list_tags_for_resource, **gone)[0] == "NotFoundException"

    both = {"CostFilters": {"Service": ["S3"]}, "Metrics": ["AmortizedCost"]}
    exclusive = {"AccountId": ACCOUNT, "NewBudget": BUDGET | both}
    assert refused(budgets.update_budget, **exclusive)[0] == "InvalidParameterException"
    about = {"AccountId": ACCOUNT, "BudgetName": "platform"}
    at = [AT_80 | {"Threshold": float(percent)} for percent in (10, 20, 30, 40, 50)]
    for one in at[:4]:
        budgets.create_notification(**about, Notification=one, Subscribers=[ALICE])
    for new, code in ((at[4], "CreationLimitExceededException"), (at[0], "DuplicateRecord")):
        assert refused(budgets.create_notification, **about, Notification=new, Subscribers=[BOB])[
            0
        ].startswith(code)
    cloud.limit_budgets(1)
    try:
        second = {"AccountId": ACCOUNT, "Budget": BUDGET | {"BudgetName": "second"}}
        assert refused(budgets.create_budget, **second)[0] == "CreationLimitExceededException"
    finally:
        cloud.limit_budgets(20_000)
    budgets.create_budget(**second, ResourceTags=tags)
    for operation in ("DescribeBudgets", "DescribeNotificationsForBudget"):
        body = {"AccountId": ACCOUNT, "MaxResults": 1}
        body |= {"BudgetName": "platform"} if "Notifications" in operation else {}
        _, raw = call(cloud, "budgets", target(operation), body)
        assert raw["NextToken"] == "1"
        assert shaped("budgets", operation, raw) == []


DAYS = [date(2026, 9, 1) + timedelta(days=number) for number in range(60)]


def load(cloud, *, days=DAYS):
    """Ten a weekday and four a weekend day for EC2, one a day for S3; EC2 alone is tagged."""
    cloud.load_costs(
        {
            "day": day.isoformat(),
            "unit": "USD",
            "metrics": {"UNBLENDED_COST": str(amount)},
            "dimensions": {"SERVICE": service},
            "tags": {"team": "web"} if service == "EC2" else {},
        }
        for day in days
        for service, amount in (("EC2", 4 if day.weekday() > 4 else 10), ("S3", 1))
    )


FORECAST = {
    "TimePeriod": {"Start": "2026-11-01", "End": "2026-12-15"},
    "Metric": "UNBLENDED_COST",
    "Granularity": "MONTHLY",
}


def test_the_forecast_follows_the_loaded_rows(cloud, aws):
    load(cloud)
    ce = aws("ce")
    answer = ce.get_cost_forecast(**FORECAST)
    # November has 21 weekdays and 9 weekend days, the first half of December 10 and 4.
    assert answer["Total"] == {"Amount": "406", "Unit": "USD"}
    assert answer["ForecastResultsByTime"] == [
        {"TimePeriod": {"Start": "2026-11-01", "End": "2026-12-01"}, "MeanValue": "276"},
        {"TimePeriod": {"Start": "2026-12-01", "End": "2026-12-15"}, "MeanValue": "130"},
    ]
    only_s3 = {"Dimensions": {"Key": "SERVICE", "Values": ["S3"]}}
    assert ce.get_cost_forecast(**FORECAST, Filter=only_s3)["Total"]["Amount"] == "44"
    _, raw = call(
        cloud,
        "ce",
        "AWSInsightsIndexService.GetCostForecast",
        FORECAST | {"PredictionIntervalLevel": 80},
    )
    assert shaped("ce", "GetCostForecast", raw) == []


def test_the_forecast_interval_widens_with_the_level_and_the_noise(cloud, aws):
    load(cloud)
    ce = aws("ce")
    tomorrow = FORECAST | {
        "TimePeriod": {"Start": "2026-10-31", "End": "2026-11-01"},
        "Granularity": "DAILY",
    }

    def width(level):
        (day,) = ce.get_cost_forecast(**tomorrow, PredictionIntervalLevel=level)[
            "ForecastResultsByTime"
        ]
        low, high = day["PredictionIntervalLowerBound"], day["PredictionIntervalUpperBound"]
        assert Decimal(low) <= Decimal(day["MeanValue"]) <= Decimal(high)
        return Decimal(high) - Decimal(low)

    assert width(80) == 0
    load(cloud, days=[day for day in DAYS if day != date(2026, 10, 14)])
    assert 0 < width(60) < width(95)


def test_what_cannot_be_forecast_is_refused(cloud, aws):
    ce = aws("ce")
    load(cloud, days=DAYS[:13])
    assert refused(ce.get_cost_forecast, **FORECAST)[0] == "DataUnavailableException"
    load(cloud)
    past = FORECAST | {"TimePeriod": {"Start": "2026-10-01", "End": "2026-11-01"}}
    code, message = refused(ce.get_cost_forecast, **past)
    assert code == "ValidationException"
    assert "on or after today, 2026-10-30" in message
    hourly = FORECAST | {"Granularity": "HOURLY"}
    assert refused(ce.get_cost_forecast, **hourly)[0] == "ValidationException"
    two_roots = {"Dimensions": {"Key": "SERVICE", "Values": ["S3"]}, "Tags": {"Key": "team"}}
    assert refused(ce.get_cost_forecast, **FORECAST, Filter=two_roots) == (
        "ValidationException",
        "An expression has exactly one root operator.",
    )
    mixed = [{"day": "2026-10-01", "unit": unit, "metrics": {}} for unit in ("USD", "EUR")]
    with pytest.raises(ValueError, match="a bill has one currency"):
        cloud.load_costs(mixed)


def test_what_was_spent_adds_up_however_it_is_asked_for(cloud, aws):
    load(cloud)
    ce = aws("ce")
    asked = {
        "TimePeriod": {"Start": "2026-09-01", "End": "2026-10-31"},
        "Granularity": "MONTHLY",
        "Metrics": ["UnblendedCost"],
    }
    september, october = ce.get_cost_and_usage(**asked)["ResultsByTime"]
    # 22 weekdays and 8 weekend days each, within the days loaded.
    assert september["Total"] == {"UnblendedCost": {"Amount": "282", "Unit": "USD"}}
    assert october["Total"] == {"UnblendedCost": {"Amount": "282", "Unit": "USD"}}
    by = [{"Type": "DIMENSION", "Key": "SERVICE"}, {"Type": "TAG", "Key": "team"}]
    grouped = ce.get_cost_and_usage(**asked, GroupBy=by)["ResultsByTime"][0]["Groups"]
    assert [(one["Keys"], one["Metrics"]["UnblendedCost"]["Amount"]) for one in grouped] == [
        (["EC2", "team$web"], "252"),
        (["S3", "team$"], "30"),
    ]
    untagged = {"Tags": {"Key": "team", "MatchOptions": ["ABSENT"]}}
    not_ec2 = {"Not": {"Dimensions": {"Key": "SERVICE", "Values": ["EC2"]}}}
    for kept in (untagged, not_ec2, {"And": [untagged, not_ec2]}):
        answer = ce.get_cost_and_usage(**asked, Filter=kept)["ResultsByTime"][0]
        assert answer["Total"]["UnblendedCost"]["Amount"] == "30"
    _, raw = call(cloud, "ce", "AWSInsightsIndexService.GetCostAndUsage", asked | {"GroupBy": by})
    assert shaped("ce", "GetCostAndUsage", raw) == []


def test_one_at_a_time_in_a_process(cloud):
    with pytest.raises(RuntimeError, match="serves a local AWS already"), serve():
        pass


def test_the_command_serves_other_processes():
    command = [sys.executable, "-m", "localcloud.aws", "--port", "0"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            endpoint = process.stdout.readline().rpartition(" ")[2].strip()
            at = datetime(2026, 10, 1, tzinfo=UTC)
            Cloud(endpoint).put_object("bills", "k", b"1", at)
            s3 = boto3.client(
                "s3",
                endpoint_url=endpoint,
                region_name="us-east-1",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            assert s3.head_object(Bucket="bills", Key="k")["LastModified"] == at
        finally:
            process.terminate()
        assert process.wait(10) == 0
