package compare

import "github.com/covetgo/covet/compare/smalldocs"

// This file holds Go types for the JSON that is compared: three small documents of our own, and the large ones that come with
// the Go toolchain, which are everybody's test data: a page of tweets, a ticket catalogue, the outline of Canada, patient
// records, the history of a source tree, and a menu in many scripts, with and without escapes. A member that not every object has
// is omitempty, one that is null somewhere is a pointer.

type (
	message  = smalldocs.Message
	jsonUser = smalldocs.User
	order    = smalldocs.Order
)

type golangSource struct {
	Tree     *golangNode `json:"tree"`
	Username string      `json:"username"`
}

type golangNode struct {
	Name     string       `json:"name"`
	Kids     []golangNode `json:"kids"`
	CLWeight float64      `json:"cl_weight"`
	Touches  int          `json:"touches"`
	MinT     int64        `json:"min_t"`
	MaxT     int64        `json:"max_t"`
	MeanT    int64        `json:"mean_t"`
}

type twitterStatus struct {
	Statuses       []twitterStatusStatuses     `json:"statuses"`
	SearchMetadata twitterStatusSearchMetadata `json:"search_metadata"`
}

type twitterStatusSearchMetadata struct {
	CompletedIn float64 `json:"completed_in"`
	MaxId       int64   `json:"max_id"`
	MaxIdStr    string  `json:"max_id_str"`
	NextResults string  `json:"next_results"`
	Query       string  `json:"query"`
	RefreshUrl  string  `json:"refresh_url"`
	Count       int64   `json:"count"`
	SinceId     int64   `json:"since_id"`
	SinceIdStr  string  `json:"since_id_str"`
}

type twitterStatusStatuses struct {
	Metadata             twitterStatusStatusesMetadata        `json:"metadata"`
	CreatedAt            string                               `json:"created_at"`
	Id                   int64                                `json:"id"`
	IdStr                string                               `json:"id_str"`
	Text                 string                               `json:"text"`
	Source               string                               `json:"source"`
	Truncated            bool                                 `json:"truncated"`
	InReplyToStatusId    *int64                               `json:"in_reply_to_status_id"`
	InReplyToStatusIdStr *string                              `json:"in_reply_to_status_id_str"`
	InReplyToUserId      *int64                               `json:"in_reply_to_user_id"`
	InReplyToUserIdStr   *string                              `json:"in_reply_to_user_id_str"`
	InReplyToScreenName  *string                              `json:"in_reply_to_screen_name"`
	User                 twitterStatusStatusesUser            `json:"user"`
	Geo                  any                                  `json:"geo"`
	Coordinates          any                                  `json:"coordinates"`
	Place                any                                  `json:"place"`
	Contributors         any                                  `json:"contributors"`
	RetweetCount         int64                                `json:"retweet_count"`
	FavoriteCount        int64                                `json:"favorite_count"`
	Entities             twitterStatusStatusesEntities        `json:"entities"`
	Favorited            bool                                 `json:"favorited"`
	Retweeted            bool                                 `json:"retweeted"`
	Lang                 string                               `json:"lang"`
	RetweetedStatus      twitterStatusStatusesRetweetedStatus `json:"retweeted_status,omitempty"`
	PossiblySensitive    bool                                 `json:"possibly_sensitive,omitempty"`
}

type twitterStatusStatusesRetweetedStatus struct {
	Metadata             twitterStatusStatusesMetadata `json:"metadata"`
	CreatedAt            string                        `json:"created_at"`
	Id                   int64                         `json:"id"`
	IdStr                string                        `json:"id_str"`
	Text                 string                        `json:"text"`
	Source               string                        `json:"source"`
	Truncated            bool                          `json:"truncated"`
	InReplyToStatusId    *int64                        `json:"in_reply_to_status_id"`
	InReplyToStatusIdStr *string                       `json:"in_reply_to_status_id_str"`
	InReplyToUserId      *int64                        `json:"in_reply_to_user_id"`
	InReplyToUserIdStr   *string                       `json:"in_reply_to_user_id_str"`
	InReplyToScreenName  *string                       `json:"in_reply_to_screen_name"`
	User                 twitterStatusStatusesUser     `json:"user"`
	Geo                  any                           `json:"geo"`
	Coordinates          any                           `json:"coordinates"`
	Place                any                           `json:"place"`
	Contributors         any                           `json:"contributors"`
	RetweetCount         int64                         `json:"retweet_count"`
	FavoriteCount        int64                         `json:"favorite_count"`
	Entities             twitterStatusStatusesEntities `json:"entities"`
	Favorited            bool                          `json:"favorited"`
	Retweeted            bool                          `json:"retweeted"`
	PossiblySensitive    bool                          `json:"possibly_sensitive,omitempty"`
	Lang                 string                        `json:"lang"`
}

type twitterStatusStatusesEntities struct {
	Hashtags     []twitterStatusStatusesEntitiesHashtags            `json:"hashtags"`
	Symbols      []any                                              `json:"symbols"`
	Urls         []twitterStatusStatusesUserEntitiesDescriptionUrls `json:"urls"`
	UserMentions []twitterStatusStatusesEntitiesUserMentions        `json:"user_mentions"`
	Media        []twitterStatusStatusesEntitiesMedia               `json:"media,omitempty"`
}

type twitterStatusStatusesEntitiesMedia struct {
	Id                int64                                   `json:"id"`
	IdStr             string                                  `json:"id_str"`
	Indices           []int64                                 `json:"indices"`
	MediaUrl          string                                  `json:"media_url"`
	MediaUrlHttps     string                                  `json:"media_url_https"`
	Url               string                                  `json:"url"`
	DisplayUrl        string                                  `json:"display_url"`
	ExpandedUrl       string                                  `json:"expanded_url"`
	Type              string                                  `json:"type"`
	Sizes             twitterStatusStatusesEntitiesMediaSizes `json:"sizes"`
	SourceStatusId    int64                                   `json:"source_status_id,omitempty"`
	SourceStatusIdStr string                                  `json:"source_status_id_str,omitempty"`
}

type twitterStatusStatusesEntitiesMediaSizes struct {
	Medium twitterStatusStatusesEntitiesMediaSizesMedium `json:"medium"`
	Small  twitterStatusStatusesEntitiesMediaSizesMedium `json:"small"`
	Thumb  twitterStatusStatusesEntitiesMediaSizesMedium `json:"thumb"`
	Large  twitterStatusStatusesEntitiesMediaSizesMedium `json:"large"`
}

type twitterStatusStatusesEntitiesMediaSizesMedium struct {
	W      int64  `json:"w"`
	H      int64  `json:"h"`
	Resize string `json:"resize"`
}

type twitterStatusStatusesEntitiesUserMentions struct {
	ScreenName string  `json:"screen_name"`
	Name       string  `json:"name"`
	Id         int64   `json:"id"`
	IdStr      string  `json:"id_str"`
	Indices    []int64 `json:"indices"`
}

type twitterStatusStatusesEntitiesHashtags struct {
	Text    string  `json:"text"`
	Indices []int64 `json:"indices"`
}

type twitterStatusStatusesUser struct {
	Id                             int64                             `json:"id"`
	IdStr                          string                            `json:"id_str"`
	Name                           string                            `json:"name"`
	ScreenName                     string                            `json:"screen_name"`
	Location                       string                            `json:"location"`
	Description                    string                            `json:"description"`
	Url                            *string                           `json:"url"`
	Entities                       twitterStatusStatusesUserEntities `json:"entities"`
	Protected                      bool                              `json:"protected"`
	FollowersCount                 int64                             `json:"followers_count"`
	FriendsCount                   int64                             `json:"friends_count"`
	ListedCount                    int64                             `json:"listed_count"`
	CreatedAt                      string                            `json:"created_at"`
	FavouritesCount                int64                             `json:"favourites_count"`
	UtcOffset                      *int64                            `json:"utc_offset"`
	TimeZone                       *string                           `json:"time_zone"`
	GeoEnabled                     bool                              `json:"geo_enabled"`
	Verified                       bool                              `json:"verified"`
	StatusesCount                  int64                             `json:"statuses_count"`
	Lang                           string                            `json:"lang"`
	ContributorsEnabled            bool                              `json:"contributors_enabled"`
	IsTranslator                   bool                              `json:"is_translator"`
	IsTranslationEnabled           bool                              `json:"is_translation_enabled"`
	ProfileBackgroundColor         string                            `json:"profile_background_color"`
	ProfileBackgroundImageUrl      string                            `json:"profile_background_image_url"`
	ProfileBackgroundImageUrlHttps string                            `json:"profile_background_image_url_https"`
	ProfileBackgroundTile          bool                              `json:"profile_background_tile"`
	ProfileImageUrl                string                            `json:"profile_image_url"`
	ProfileImageUrlHttps           string                            `json:"profile_image_url_https"`
	ProfileBannerUrl               string                            `json:"profile_banner_url,omitempty"`
	ProfileLinkColor               string                            `json:"profile_link_color"`
	ProfileSidebarBorderColor      string                            `json:"profile_sidebar_border_color"`
	ProfileSidebarFillColor        string                            `json:"profile_sidebar_fill_color"`
	ProfileTextColor               string                            `json:"profile_text_color"`
	ProfileUseBackgroundImage      bool                              `json:"profile_use_background_image"`
	DefaultProfile                 bool                              `json:"default_profile"`
	DefaultProfileImage            bool                              `json:"default_profile_image"`
	Following                      bool                              `json:"following"`
	FollowRequestSent              bool                              `json:"follow_request_sent"`
	Notifications                  bool                              `json:"notifications"`
}

type twitterStatusStatusesUserEntities struct {
	Description twitterStatusStatusesUserEntitiesDescription `json:"description"`
	Url         twitterStatusStatusesUserEntitiesDescription `json:"url,omitempty"`
}

type twitterStatusStatusesUserEntitiesDescription struct {
	Urls []twitterStatusStatusesUserEntitiesDescriptionUrls `json:"urls"`
}

type twitterStatusStatusesUserEntitiesDescriptionUrls struct {
	Url         string  `json:"url"`
	ExpandedUrl string  `json:"expanded_url"`
	DisplayUrl  string  `json:"display_url"`
	Indices     []int64 `json:"indices"`
}

type twitterStatusStatusesMetadata struct {
	ResultType      string `json:"result_type"`
	IsoLanguageCode string `json:"iso_language_code"`
}

type citmCatalog struct {
	AreaNames                map[string]string            `json:"areaNames"`
	AudienceSubCategoryNames map[string]string            `json:"audienceSubCategoryNames"`
	BlockNames               citmCatalogBlockNames        `json:"blockNames"`
	Events                   map[string]citmCatalogEvents `json:"events"`
	Performances             []citmCatalogPerformances    `json:"performances"`
	SeatCategoryNames        map[string]string            `json:"seatCategoryNames"`
	SubTopicNames            map[string]string            `json:"subTopicNames"`
	SubjectNames             citmCatalogBlockNames        `json:"subjectNames"`
	TopicNames               map[string]string            `json:"topicNames"`
	TopicSubTopics           map[string][]int64           `json:"topicSubTopics"`
	VenueNames               citmCatalogVenueNames        `json:"venueNames"`
}

type citmCatalogVenueNames struct {
	PLEYELPLEYEL string `json:"PLEYEL_PLEYEL"`
}

type citmCatalogPerformances struct {
	EventId        int64                                   `json:"eventId"`
	Id             int64                                   `json:"id"`
	Logo           *string                                 `json:"logo"`
	Name           any                                     `json:"name"`
	Prices         []citmCatalogPerformancesPrices         `json:"prices"`
	SeatCategories []citmCatalogPerformancesSeatCategories `json:"seatCategories"`
	SeatMapImage   any                                     `json:"seatMapImage"`
	Start          int64                                   `json:"start"`
	VenueCode      string                                  `json:"venueCode"`
}

type citmCatalogPerformancesSeatCategories struct {
	Areas          []citmCatalogPerformancesSeatCategoriesAreas `json:"areas"`
	SeatCategoryId int64                                        `json:"seatCategoryId"`
}

type citmCatalogPerformancesSeatCategoriesAreas struct {
	AreaId   int64 `json:"areaId"`
	BlockIds []any `json:"blockIds"`
}

type citmCatalogPerformancesPrices struct {
	Amount                int64 `json:"amount"`
	AudienceSubCategoryId int64 `json:"audienceSubCategoryId"`
	SeatCategoryId        int64 `json:"seatCategoryId"`
}

type citmCatalogEvents struct {
	Description any     `json:"description"`
	Id          int64   `json:"id"`
	Logo        *string `json:"logo"`
	Name        string  `json:"name"`
	SubTopicIds []int64 `json:"subTopicIds"`
	SubjectCode any     `json:"subjectCode"`
	Subtitle    any     `json:"subtitle"`
	TopicIds    []int64 `json:"topicIds"`
}

type citmCatalogBlockNames struct {
}

type canadaGeometry struct {
	Type     string                   `json:"type"`
	Features []canadaGeometryFeatures `json:"features"`
}

type canadaGeometryFeatures struct {
	Type       string                           `json:"type"`
	Properties canadaGeometryFeaturesProperties `json:"properties"`
	Geometry   canadaGeometryFeaturesGeometry   `json:"geometry"`
}

type canadaGeometryFeaturesGeometry struct {
	Type        string        `json:"type"`
	Coordinates [][][]float64 `json:"coordinates"`
}

type canadaGeometryFeaturesProperties struct {
	Name string `json:"name"`
}

type syntheaFhir struct {
	ResourceType string             `json:"resourceType"`
	Type         string             `json:"type"`
	Entry        []syntheaFhirEntry `json:"entry"`
}

type syntheaFhirEntry struct {
	FullUrl  string                   `json:"fullUrl"`
	Resource syntheaFhirEntryResource `json:"resource"`
	Request  syntheaFhirEntryRequest  `json:"request"`
}

type syntheaFhirEntryRequest struct {
	Method string `json:"method"`
	Url    string `json:"url"`
}

type syntheaFhirEntryResource struct {
	ResourceType              string                                          `json:"resourceType"`
	Id                        string                                          `json:"id"`
	Text                      syntheaFhirEntryResourceText                    `json:"text,omitempty"`
	Extension                 []syntheaFhirEntryResourceExtension             `json:"extension,omitempty"`
	Identifier                []syntheaFhirEntryResourceIdentifier            `json:"identifier,omitempty"`
	Name                      any                                             `json:"name,omitempty"`
	Telecom                   []syntheaFhirEntryResourceTelecom               `json:"telecom,omitempty"`
	Gender                    string                                          `json:"gender,omitempty"`
	BirthDate                 string                                          `json:"birthDate,omitempty"`
	DeceasedDateTime          string                                          `json:"deceasedDateTime,omitempty"`
	Address                   []syntheaFhirEntryResourceAddress               `json:"address,omitempty"`
	MaritalStatus             syntheaFhirEntryResourceIdentifierType          `json:"maritalStatus,omitempty"`
	MultipleBirthBoolean      bool                                            `json:"multipleBirthBoolean,omitempty"`
	Communication             []syntheaFhirEntryResourceCommunication         `json:"communication,omitempty"`
	Active                    bool                                            `json:"active,omitempty"`
	Type                      any                                             `json:"type,omitempty"`
	Status                    string                                          `json:"status,omitempty"`
	Class                     syntheaFhirEntryResourceClass                   `json:"class,omitempty"`
	Subject                   syntheaFhirEntryResourceSubject                 `json:"subject,omitempty"`
	Participant               []syntheaFhirEntryResourceParticipant           `json:"participant,omitempty"`
	Period                    syntheaFhirEntryResourcePeriod                  `json:"period,omitempty"`
	ServiceProvider           syntheaFhirEntryResourceParticipantIndividual   `json:"serviceProvider,omitempty"`
	ClinicalStatus            syntheaFhirEntryResourceClinicalStatus          `json:"clinicalStatus,omitempty"`
	VerificationStatus        syntheaFhirEntryResourceClinicalStatus          `json:"verificationStatus,omitempty"`
	Code                      syntheaFhirEntryResourceIdentifierType          `json:"code,omitempty"`
	Encounter                 syntheaFhirEntryResourceEncounter               `json:"encounter,omitempty"`
	OnsetDateTime             string                                          `json:"onsetDateTime,omitempty"`
	RecordedDate              string                                          `json:"recordedDate,omitempty"`
	Use                       string                                          `json:"use,omitempty"`
	Patient                   syntheaFhirEntryResourceSubject                 `json:"patient,omitempty"`
	BillablePeriod            syntheaFhirEntryResourceBillablePeriod          `json:"billablePeriod,omitempty"`
	Created                   string                                          `json:"created,omitempty"`
	Provider                  syntheaFhirEntryResourceSubject                 `json:"provider,omitempty"`
	Priority                  syntheaFhirEntryResourceClinicalStatus          `json:"priority,omitempty"`
	Diagnosis                 []syntheaFhirEntryResourceDiagnosis             `json:"diagnosis,omitempty"`
	Insurance                 []syntheaFhirEntryResourceInsurance             `json:"insurance,omitempty"`
	Item                      []syntheaFhirEntryResourceItem                  `json:"item,omitempty"`
	Total                     any                                             `json:"total,omitempty"`
	Contained                 []syntheaFhirEntryResourceContained             `json:"contained,omitempty"`
	Insurer                   syntheaFhirEntryResourceContainedPayor          `json:"insurer,omitempty"`
	Referral                  syntheaFhirEntryResourceEncounter               `json:"referral,omitempty"`
	Claim                     syntheaFhirEntryResourceEncounter               `json:"claim,omitempty"`
	Outcome                   string                                          `json:"outcome,omitempty"`
	CareTeam                  []syntheaFhirEntryResourceCareTeam              `json:"careTeam,omitempty"`
	Payment                   syntheaFhirEntryResourcePayment                 `json:"payment,omitempty"`
	ReasonCode                []syntheaFhirEntryResourceReasonCode            `json:"reasonCode,omitempty"`
	ManagingOrganization      []syntheaFhirEntryResourceParticipantIndividual `json:"managingOrganization,omitempty"`
	Intent                    string                                          `json:"intent,omitempty"`
	Category                  []syntheaFhirEntryResourceReasonCode            `json:"category,omitempty"`
	Addresses                 []syntheaFhirEntryResourceEncounter             `json:"addresses,omitempty"`
	Activity                  []syntheaFhirEntryResourceActivity              `json:"activity,omitempty"`
	MedicationCodeableConcept syntheaFhirEntryResourceIdentifierType          `json:"medicationCodeableConcept,omitempty"`
	AuthoredOn                string                                          `json:"authoredOn,omitempty"`
	Requester                 syntheaFhirEntryResourceParticipantIndividual   `json:"requester,omitempty"`
	ReasonReference           []syntheaFhirEntryResourceSubject               `json:"reasonReference,omitempty"`
	Prescription              syntheaFhirEntryResourceEncounter               `json:"prescription,omitempty"`
	LifecycleStatus           string                                          `json:"lifecycleStatus,omitempty"`
	AchievementStatus         syntheaFhirEntryResourceClinicalStatus          `json:"achievementStatus,omitempty"`
	Description               syntheaFhirEntryResourceContainedType           `json:"description,omitempty"`
	Goal                      []syntheaFhirEntryResourceEncounter             `json:"goal,omitempty"`
	AbatementDateTime         string                                          `json:"abatementDateTime,omitempty"`
	EffectiveDateTime         string                                          `json:"effectiveDateTime,omitempty"`
	Issued                    string                                          `json:"issued,omitempty"`
	ValueQuantity             syntheaFhirEntryResourceValueQuantity           `json:"valueQuantity,omitempty"`
	PerformedPeriod           syntheaFhirEntryResourceBillablePeriod          `json:"performedPeriod,omitempty"`
	DosageInstruction         []syntheaFhirEntryResourceDosageInstruction     `json:"dosageInstruction,omitempty"`
	Started                   string                                          `json:"started,omitempty"`
	NumberOfSeries            int64                                           `json:"numberOfSeries,omitempty"`
	NumberOfInstances         int64                                           `json:"numberOfInstances,omitempty"`
	Series                    []syntheaFhirEntryResourceSeries                `json:"series,omitempty"`
	Procedure                 []syntheaFhirEntryResourceProcedure             `json:"procedure,omitempty"`
	VaccineCode               syntheaFhirEntryResourceIdentifierType          `json:"vaccineCode,omitempty"`
	OccurrenceDateTime        string                                          `json:"occurrenceDateTime,omitempty"`
	PrimarySource             bool                                            `json:"primarySource,omitempty"`
	SupportingInfo            []syntheaFhirEntryResourceSupportingInfo        `json:"supportingInfo,omitempty"`
	Component                 []syntheaFhirEntryResourceComponent             `json:"component,omitempty"`
	ValueCodeableConcept      syntheaFhirEntryResourceIdentifierType          `json:"valueCodeableConcept,omitempty"`
	Result                    []syntheaFhirEntryResourceParticipantIndividual `json:"result,omitempty"`
}

type syntheaFhirEntryResourceComponent struct {
	Code          syntheaFhirEntryResourceIdentifierType `json:"code"`
	ValueQuantity syntheaFhirEntryResourceValueQuantity  `json:"valueQuantity"`
}

type syntheaFhirEntryResourceSupportingInfo struct {
	Sequence       int64                                  `json:"sequence"`
	Category       syntheaFhirEntryResourceClinicalStatus `json:"category"`
	ValueReference syntheaFhirEntryResourceEncounter      `json:"valueReference"`
}

type syntheaFhirEntryResourceProcedure struct {
	Sequence           int64                             `json:"sequence"`
	ProcedureReference syntheaFhirEntryResourceEncounter `json:"procedureReference"`
}

type syntheaFhirEntryResourceSeries struct {
	Uid               string                                                `json:"uid"`
	Number            int64                                                 `json:"number"`
	Modality          syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"modality"`
	NumberOfInstances int64                                                 `json:"numberOfInstances"`
	BodySite          syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"bodySite"`
	Started           string                                                `json:"started"`
	Instance          []syntheaFhirEntryResourceSeriesInstance              `json:"instance"`
}

type syntheaFhirEntryResourceSeriesInstance struct {
	Uid      string                        `json:"uid"`
	SopClass syntheaFhirEntryResourceClass `json:"sopClass"`
	Number   int64                         `json:"number"`
	Title    string                        `json:"title"`
}

type syntheaFhirEntryResourceDosageInstruction struct {
	Sequence        int64                                                  `json:"sequence"`
	Timing          syntheaFhirEntryResourceDosageInstructionTiming        `json:"timing,omitempty"`
	AsNeededBoolean bool                                                   `json:"asNeededBoolean"`
	DoseAndRate     []syntheaFhirEntryResourceDosageInstructionDoseAndRate `json:"doseAndRate,omitempty"`
}

type syntheaFhirEntryResourceDosageInstructionDoseAndRate struct {
	Type         syntheaFhirEntryResourceItemCategory                             `json:"type"`
	DoseQuantity syntheaFhirEntryResourceDosageInstructionDoseAndRateDoseQuantity `json:"doseQuantity"`
}

type syntheaFhirEntryResourceDosageInstructionDoseAndRateDoseQuantity struct {
	Value float64 `json:"value"`
}

type syntheaFhirEntryResourceDosageInstructionTiming struct {
	Repeat syntheaFhirEntryResourceDosageInstructionTimingRepeat `json:"repeat"`
}

type syntheaFhirEntryResourceDosageInstructionTimingRepeat struct {
	Frequency  int64   `json:"frequency"`
	Period     float64 `json:"period"`
	PeriodUnit string  `json:"periodUnit"`
}

type syntheaFhirEntryResourceValueQuantity struct {
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	System string  `json:"system"`
	Code   string  `json:"code"`
}

type syntheaFhirEntryResourceActivity struct {
	Detail syntheaFhirEntryResourceActivityDetail `json:"detail"`
}

type syntheaFhirEntryResourceActivityDetail struct {
	Code     syntheaFhirEntryResourceIdentifierType `json:"code"`
	Status   string                                 `json:"status"`
	Location syntheaFhirEntryResourceContainedPayor `json:"location"`
}

type syntheaFhirEntryResourceReasonCode struct {
	Coding []syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"coding"`
	Text   string                                                  `json:"text,omitempty"`
}

type syntheaFhirEntryResourcePayment struct {
	Amount syntheaFhirEntryResourceItemNet `json:"amount"`
}

type syntheaFhirEntryResourceCareTeam struct {
	Sequence  int64                                `json:"sequence,omitempty"`
	Provider  syntheaFhirEntryResourceEncounter    `json:"provider,omitempty"`
	Role      syntheaFhirEntryResourceItemCategory `json:"role,omitempty"`
	Reference string                               `json:"reference,omitempty"`
}

type syntheaFhirEntryResourceContained struct {
	ResourceType string                                   `json:"resourceType"`
	Id           string                                   `json:"id"`
	Status       string                                   `json:"status"`
	Intent       string                                   `json:"intent,omitempty"`
	Subject      syntheaFhirEntryResourceEncounter        `json:"subject,omitempty"`
	Requester    syntheaFhirEntryResourceEncounter        `json:"requester,omitempty"`
	Performer    []syntheaFhirEntryResourceEncounter      `json:"performer,omitempty"`
	Type         syntheaFhirEntryResourceContainedType    `json:"type,omitempty"`
	Beneficiary  syntheaFhirEntryResourceEncounter        `json:"beneficiary,omitempty"`
	Payor        []syntheaFhirEntryResourceContainedPayor `json:"payor,omitempty"`
}

type syntheaFhirEntryResourceContainedPayor struct {
	Display string `json:"display"`
}

type syntheaFhirEntryResourceContainedType struct {
	Text string `json:"text"`
}

type syntheaFhirEntryResourceItem struct {
	Sequence                int64                                      `json:"sequence"`
	ProductOrService        syntheaFhirEntryResourceIdentifierType     `json:"productOrService"`
	Encounter               []syntheaFhirEntryResourceEncounter        `json:"encounter,omitempty"`
	DiagnosisSequence       []int64                                    `json:"diagnosisSequence,omitempty"`
	Category                syntheaFhirEntryResourceItemCategory       `json:"category,omitempty"`
	ServicedPeriod          syntheaFhirEntryResourceBillablePeriod     `json:"servicedPeriod,omitempty"`
	LocationCodeableConcept syntheaFhirEntryResourceItemCategory       `json:"locationCodeableConcept,omitempty"`
	ProcedureSequence       []int64                                    `json:"procedureSequence,omitempty"`
	Net                     syntheaFhirEntryResourceItemNet            `json:"net,omitempty"`
	Adjudication            []syntheaFhirEntryResourceItemAdjudication `json:"adjudication,omitempty"`
	InformationSequence     []int64                                    `json:"informationSequence,omitempty"`
}

type syntheaFhirEntryResourceItemAdjudication struct {
	Category syntheaFhirEntryResourceItemCategory `json:"category"`
	Amount   syntheaFhirEntryResourceItemNet      `json:"amount,omitempty"`
}

type syntheaFhirEntryResourceItemNet struct {
	Value    float64 `json:"value"`
	Currency string  `json:"currency"`
}

type syntheaFhirEntryResourceItemCategory struct {
	Coding []syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"coding"`
}

type syntheaFhirEntryResourceInsurance struct {
	Sequence int64                                     `json:"sequence,omitempty"`
	Focal    bool                                      `json:"focal"`
	Coverage syntheaFhirEntryResourceInsuranceCoverage `json:"coverage"`
}

type syntheaFhirEntryResourceInsuranceCoverage struct {
	Display   string `json:"display"`
	Reference string `json:"reference,omitempty"`
}

type syntheaFhirEntryResourceDiagnosis struct {
	Sequence           int64                                    `json:"sequence"`
	DiagnosisReference syntheaFhirEntryResourceEncounter        `json:"diagnosisReference"`
	Type               []syntheaFhirEntryResourceClinicalStatus `json:"type,omitempty"`
}

type syntheaFhirEntryResourceBillablePeriod struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

type syntheaFhirEntryResourceEncounter struct {
	Reference string `json:"reference"`
}

type syntheaFhirEntryResourceClinicalStatus struct {
	Coding []syntheaFhirEntryResourceClass `json:"coding"`
}

type syntheaFhirEntryResourcePeriod struct {
	Start string `json:"start"`
	End   string `json:"end,omitempty"`
}

type syntheaFhirEntryResourceParticipant struct {
	Individual syntheaFhirEntryResourceParticipantIndividual `json:"individual,omitempty"`
	Role       []syntheaFhirEntryResourceIdentifierType      `json:"role,omitempty"`
	Member     syntheaFhirEntryResourceParticipantIndividual `json:"member,omitempty"`
}

type syntheaFhirEntryResourceParticipantIndividual struct {
	Reference string `json:"reference"`
	Display   string `json:"display"`
}

type syntheaFhirEntryResourceSubject struct {
	Reference string `json:"reference"`
	Display   string `json:"display,omitempty"`
}

type syntheaFhirEntryResourceClass struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

type syntheaFhirEntryResourceCommunication struct {
	Language syntheaFhirEntryResourceIdentifierType `json:"language"`
}

type syntheaFhirEntryResourceAddress struct {
	Extension  []syntheaFhirEntryResourceAddressExtension `json:"extension,omitempty"`
	Line       []string                                   `json:"line"`
	City       string                                     `json:"city"`
	State      string                                     `json:"state"`
	PostalCode string                                     `json:"postalCode"`
	Country    string                                     `json:"country"`
}

type syntheaFhirEntryResourceAddressExtension struct {
	Url       string                                              `json:"url"`
	Extension []syntheaFhirEntryResourceAddressExtensionExtension `json:"extension"`
}

type syntheaFhirEntryResourceAddressExtensionExtension struct {
	Url          string  `json:"url"`
	ValueDecimal float64 `json:"valueDecimal"`
}

type syntheaFhirEntryResourceTelecom struct {
	System string `json:"system"`
	Value  string `json:"value"`
	Use    string `json:"use,omitempty"`
}

type syntheaFhirEntryResourceIdentifier struct {
	System string                                 `json:"system"`
	Value  string                                 `json:"value"`
	Type   syntheaFhirEntryResourceIdentifierType `json:"type,omitempty"`
	Use    string                                 `json:"use,omitempty"`
}

type syntheaFhirEntryResourceIdentifierType struct {
	Coding []syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"coding"`
	Text   string                                                  `json:"text"`
}

type syntheaFhirEntryResourceExtension struct {
	Url          string                                        `json:"url"`
	Extension    []syntheaFhirEntryResourceExtensionExtension  `json:"extension,omitempty"`
	ValueString  string                                        `json:"valueString,omitempty"`
	ValueCode    string                                        `json:"valueCode,omitempty"`
	ValueAddress syntheaFhirEntryResourceExtensionValueAddress `json:"valueAddress,omitempty"`
	ValueDecimal float64                                       `json:"valueDecimal,omitempty"`
}

type syntheaFhirEntryResourceExtensionValueAddress struct {
	City    string `json:"city"`
	State   string `json:"state"`
	Country string `json:"country"`
}

type syntheaFhirEntryResourceExtensionExtension struct {
	Url         string                                                `json:"url"`
	ValueCoding syntheaFhirEntryResourceExtensionExtensionValueCoding `json:"valueCoding,omitempty"`
	ValueString string                                                `json:"valueString,omitempty"`
}

type syntheaFhirEntryResourceExtensionExtensionValueCoding struct {
	System  string `json:"system"`
	Code    string `json:"code"`
	Display string `json:"display"`
}

type syntheaFhirEntryResourceText struct {
	Status string `json:"status"`
	Div    string `json:"div"`
}
